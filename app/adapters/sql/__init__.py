"""Handrail's own database over SQLAlchemy: the truth that every index and cache is rebuilt from."""
