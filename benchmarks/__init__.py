"""Measurements behind refprep's choices; using refprep needs none of them."""
