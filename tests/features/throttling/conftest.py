"""A clock and an authority of its own for each test."""

from tests.features.throttling.calls import authority, time

__all__ = ["authority", "time"]
