"""Which turns people should look at, beside those that were flagged."""
