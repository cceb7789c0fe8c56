"""Alembic's migrations of Handrail's own database; run when it is opened."""
