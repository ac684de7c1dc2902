"""A custom domain name as the table knows it: something that says which stage a request is for."""

from typing import Protocol

from limen.gateway.exchange import Exchange


class Destination:
    """Where a mapping or a routing rule leads to; whether there is such a stage is found out by request."""

    __slots__ = ("api_id", "stage_name")

    def __init__(self, api_id: str, stage_name: str) -> None:
        self.api_id = api_id
        self.stage_name = stage_name.encode()
        """Empty where the first segment of the route path names the stage."""


class Domain(Protocol):
    """One custom domain name."""

    def find(self, exchange: Exchange) -> Destination | None:
        """Sets `exchange.domain` and `exchange.route_path`, or answers None: nothing leads anywhere."""
