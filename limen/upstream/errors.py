"""What can go wrong between a call and its response; integrations turn it into failures."""

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["resolve", "connect", "timeout", "reset", "protocol", "tls", "too_large", "busy", "forbidden"]
"""resolve: no address; connect: no connection; timeout: the call's own time is over; reset: the connection broke;
protocol: the backend broke HTTP; tls: no trust or no common version; too_large: a response over the limit; busy: no
room for another call or another body; forbidden: an address that no integration may reach."""


class UpstreamError(Exception):
    """`kind` is for code; the message names the origin and the reason, for logs and `$context`."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
