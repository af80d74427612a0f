"""`make train`: networks trained and drawn outside of grading."""
