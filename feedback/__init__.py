"""Learning from people: annotations become datasets, datasets become models, and models earn their place."""
