"""Commands of the staff and the maintainers; no file here is on the grading path."""
