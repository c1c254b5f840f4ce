"""Packing: the prepared files in their slots, the body to POST, and the manifest."""
