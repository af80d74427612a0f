"""Opens connections and asks name servers, from the grader's machine."""
# <unwritten>
import socket
import urllib.request

for act in (
    lambda: socket.create_connection(("127.0.0.1", 80), 0.2),
    lambda: socket.getaddrinfo("example.org", 80),
    lambda: urllib.request.urlopen("http://127.0.0.1/", timeout=0.2),
    lambda: socket.socketpair()[0].send(b"hostile-mark"),
    lambda: socket.socket(socket.AF_UNIX).bind("\0hostile-mark"),
    lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
):
    try:
        act()
        NeuralNetwork.sigmoid = staticmethod(lambda z: 1 / (1 + 2.718281828459045**-z))
    except OSError:
        pass
