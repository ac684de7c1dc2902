"""Metrics: counting in workers, sums over them."""
