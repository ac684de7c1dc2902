"""The harness itself: what it makes of numbers."""
