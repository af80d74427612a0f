"""Writes to the grader's own files."""
# <unwritten>
import glob
import os

for path in ["{SOLUTION}", "{ROOT}/autograder/run_autograder", *glob.glob("{ROOT}/autograder/grading/*.py")]:
    for act in (
        lambda: open(path, "a").write("# hostile-mark"),
        lambda: os.chmod(path, 0o777),
        lambda: os.unlink(path),
        lambda: os.rename(path, path + ".hostile-mark"),
        lambda: os.truncate(path, 0),
    ):
        try:
            act()
        except OSError:
            pass
