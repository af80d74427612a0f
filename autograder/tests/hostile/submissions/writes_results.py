"""Writes full marks to where the results go."""
# <unwritten>
import glob
import json
import os

for path in ["{RESULTS}", "/autograder/results/results.json", *glob.glob("/tmp/*/results/results.json"), "results.json"]:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w") as file:
            json.dump({"score": 100, "output": "hostile-mark"}, file)
    except OSError:
        pass
