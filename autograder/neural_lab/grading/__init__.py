"""What an answer is worth and what is true of it: probes run, answers compared, mistakes named, lines proved."""
