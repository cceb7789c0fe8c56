"""The guards, each a small function with a name; `app.pipeline.guard` runs them."""
