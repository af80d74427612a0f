"""The engine: from a submitted file to marks that can be explained. Its way is `grade.py`, top to bottom."""

__version__ = "1.0.0"
