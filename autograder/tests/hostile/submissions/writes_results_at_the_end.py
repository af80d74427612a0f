"""Writes full marks when its process ends, or when its objects do."""
# <unwritten>
import atexit
import signal
import sys
import threading


def forge(*args):
    with open("{RESULTS}", "w") as file:
        file.write('{"score": 100, "output": "hostile-mark"}')


class Dying:
    def __del__(self):
        forge()


atexit.register(forge)
threading._register_atexit(forge)
sys.dying = Dying()
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
    signal.signal(number, forge)
