"""What it is worth to choose which turns people look at."""
