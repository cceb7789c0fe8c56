"""Bringing data in: past conversations, knowledge, the catalogue, and the demo shop that Handrail starts with."""
