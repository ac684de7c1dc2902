"""Bounds of what is counted: the buckets of histograms, and how many rows there may be."""

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histograms' buckets in seconds; 30 s is the longest that an HTTP API waits."""

MAX_ROWS = 20_000
"""Rows of a worker: past it, stages share one row."""
OTHER = "_other"
