"""What customers and supervisors use: the pipeline, its adapters and its faces."""
