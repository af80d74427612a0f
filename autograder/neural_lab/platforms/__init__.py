"""What each platform reads: one projection of the `Report` for each file that is written."""
