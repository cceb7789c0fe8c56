"""Real services for tests: started here, on loopback, and stopped when the tests end."""
