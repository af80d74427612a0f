"""What is graded in the warm-up lab layered: the network of any depth."""
