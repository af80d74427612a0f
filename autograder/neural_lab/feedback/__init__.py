"""Words for students and staff. What is true is found in `grading/`, in a file of the same name."""
