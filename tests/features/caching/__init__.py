"""Caching of responses."""
