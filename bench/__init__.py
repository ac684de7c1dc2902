"""Limen side by side with nginx and Caddy on this machine.

peer: a proxy under test. load: what wrk measured from outside. round: one load on each peer, one after the other.
row: one figure with its baseline, its ratio to that and its target. CPU per request is the figure to steer by: it
holds when the machine is noisy.
"""
