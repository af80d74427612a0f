"""What is graded in the warm-up lab perceptron: the perceptron."""
