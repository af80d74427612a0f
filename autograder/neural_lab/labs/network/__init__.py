"""What is graded in the warm-up lab network: the 2-2-1 network."""
