"""What is graded in the warm-up lab neuron: a single neuron."""
