"""Versioned prompt templates as files, and the loader that renders them."""
