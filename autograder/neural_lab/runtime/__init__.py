"""What runs inside a worker beside the submission, and the protocol between a worker and the grader."""
