"""What is handed out and uploaded: stubs, handout, zip and packages, and the checks before."""
