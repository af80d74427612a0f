"""What is graded in the warm-up lab ann: the 2-4-1 network."""
