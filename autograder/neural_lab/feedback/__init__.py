"""Words for students and staff. What is true is found in `grading/` and `intake/`."""
