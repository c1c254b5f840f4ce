"""The body: its tags, its model, how it is written and read."""
