"""`make bench`: what grading and training cost, and whether the bounds hold."""
