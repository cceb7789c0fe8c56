"""Evaluation: what an artifact is worth, measured the same way each time."""
