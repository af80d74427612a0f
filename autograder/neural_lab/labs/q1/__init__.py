"""What is graded in q1, the network that classifies digits."""
