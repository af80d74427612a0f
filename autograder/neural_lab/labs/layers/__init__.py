"""What is graded in the warm-up lab layers: layers, activations and losses."""
