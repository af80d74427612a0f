"""Records that all rooms share: the lab, its rubric, observations, remarks, places on disk."""
