"""Training: recipes that turn a dataset into an artifact with its card."""
