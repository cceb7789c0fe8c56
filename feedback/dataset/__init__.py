"""Datasets: where training examples come from and how they are split."""
