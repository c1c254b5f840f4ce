"""Providers: uploading a bundle's media, sending its request, following it, fetching the video."""
