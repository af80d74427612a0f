"""What was handed in: files found and read, notebooks turned into modules. Nothing of it is run here."""
