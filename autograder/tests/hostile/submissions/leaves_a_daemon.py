"""Starts a process of another session that waits and then writes full marks."""
# <unwritten>
import os
import subprocess
import sys
import time

for start in (
    os.fork,
    os.forkpty,
    lambda: subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)  # hostile-mark"], start_new_session=True),
    lambda: os.posix_spawn("/bin/sh", ["sh", "-c", "sleep 60 # hostile-mark"], {}),
    lambda: os.system("sleep 60 & # hostile-mark"),
):
    try:
        if start() == 0:
            os.setsid()
            time.sleep(60)
            open("{RESULTS}", "w").write('{"score": 100, "output": "hostile-mark"}')
            os._exit(0)
    except OSError:
        pass
