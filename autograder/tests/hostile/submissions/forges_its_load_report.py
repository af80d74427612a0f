"""Answers with a load report of its own, while it is loaded: notes of odd types, thousands of classes, numbers without end."""
# <wrong>
import gc

NOTE = {"module": "q1", "statement": 0, "line": 1, "kind": "raised", "type": "E", "message": "m"}
REPORT = {"notes": [], "found": {"q1": {"functions": [], "classes": {"NeuralNetwork": ["sigmoid"]}}}, "code": {}}
ODD = [{"kind": ["syntax"]}, {"type": {}, "kind": "syntax"}, {"message": None}, {"line": 2**62}, {"statement": []}, {"module": 3}]

for thing in gc.get_objects():
    if type(thing).__name__ == "Channel":
        notes = [{**NOTE, **odd} for odd in ODD]
        thing.send(("reply", {**REPORT, "notes": notes}, 2**62))
        thing.send(("reply", {**REPORT, "notes": [{**NOTE, "line": 2**62}]}, -1))
