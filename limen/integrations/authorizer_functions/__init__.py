"""Functions that are asked who may pass: the events that they are given, and the calls that carry these.

What their answers mean is the business of features/authorizers, which asks through a port of the gateway.
"""
