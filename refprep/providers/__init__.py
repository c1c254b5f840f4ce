"""Delivering: publishing a bundle's media, sending its request, following it, fetching results."""
