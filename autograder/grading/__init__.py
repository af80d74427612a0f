"""The engine: from a submitted file to marks that can be explained. `grade.py` reads top to bottom as the way it goes."""

__version__ = "1.0.0"
