"""`check.py --watch`: checks again whenever the file is saved, in a process of its own.

An endless loop ends with the line it was in: the process ends itself (see engine.watchdog), and where it hangs too deep
for that, it is ended from here.
"""

import os
import subprocess
import sys
import time

PAUSE = 0.3  # seconds between two looks at the file
GRACE = 5.0  # seconds after the limit, for a process that cannot end itself


def stamp(paths):
    """When the files were last saved, and how long they are."""
    found = []
    for path in paths:
        try:
            status = os.stat(path)
            found.append((status.st_mtime_ns, status.st_size))
        except OSError:
            found.append(None)
    return found


def watch(arguments, path, limit, total):
    """Check now and after every save, until Ctrl-C.

    :param arguments: of check.py, without --watch
    :param path: the student's file
    :param limit: seconds for one line of the report
    :param total: how many lines there are
    :return: the exit status
    """
    command = [sys.executable, os.path.abspath(sys.argv[0]), *arguments]
    process = None
    try:
        while True:
            seen = stamp([path])
            print(f"--- {time.strftime('%H:%M:%S')} {os.path.basename(path)}", flush=True)
            process, until = subprocess.Popen(command), time.monotonic() + total * limit + GRACE
            while process.poll() is None and stamp([path]) == seen and time.monotonic() < until:
                time.sleep(PAUSE)
            if process.poll() is None:  # saved again in the meantime, or stuck
                process.kill()
                process.wait()
            if stamp([path]) == seen:
                print("--- waiting for the next save; Ctrl-C ends", flush=True)
            while stamp([path]) in (seen, [None]):
                time.sleep(PAUSE)
    except KeyboardInterrupt:
        print()
        return 0
    finally:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
