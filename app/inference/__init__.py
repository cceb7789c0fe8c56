"""The embedded language model: where its weights come from, the process it runs in, and what keeps that alive."""
