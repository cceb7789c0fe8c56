"""Runs the migrations on the connection that `app.adapters.sql.database` hands over."""

from alembic import context

from app.adapters.sql.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
