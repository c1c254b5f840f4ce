"""Telling: results become text. Nothing here prints, and nothing here decides."""
