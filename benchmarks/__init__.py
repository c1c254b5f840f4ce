"""Measurements behind refprep's choices; none of them is needed to use it."""
