"""What people decide improves the very next answer."""
