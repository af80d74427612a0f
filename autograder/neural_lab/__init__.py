"""The engine: from a submitted file to marks that can be explained. `grading/pipeline.py` is its way, top to bottom."""

__version__ = "1.0.0"
