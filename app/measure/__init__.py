"""Measures the service as a whole, against loopback only: crashes, idle streams, many conversations at once."""
