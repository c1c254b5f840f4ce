"""The body that is POSTed to a provider: its tags, its model, and how it is written and read."""
