"""Limen: a self-hosted API gateway that speaks Amazon API Gateway.

The way of a request: downstream, gateway, integrations, upstream.
The way of a configuration change: aws, control, store, plan.
"""

__version__ = "0.1.0"
