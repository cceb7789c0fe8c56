"""Readers of what is brought in, one file a kind of source."""
