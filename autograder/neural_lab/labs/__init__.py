"""One folder for each lab: its rubric, its probes and its known mistakes. The engine knows none of them."""
