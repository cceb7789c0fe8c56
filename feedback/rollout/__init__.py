"""Releasing what was learnt: register, promote, roll back."""
