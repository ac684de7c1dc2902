"""One use of an AWS operation: parsed, validated, authenticated."""

from typing import Any

from msgspec import Struct


class Client(Struct, frozen=True):
    """Where a request came from."""

    address: str = ""
    """Its IP address."""


class AwsCall(Struct, frozen=True):
    service: str
    """Name of the service model, such as apigatewayv2."""
    operation: str
    """Name of the operation in the model, such as CreateApi."""
    members: dict[str, Any]
    """Input by wire names at every depth; only what was sent, defaults are not filled in."""
    account: str
    region: str
    access_key_id: str
    """Empty where the operation needs no signature."""
    request_id: str
    host: str = ""
    """Name and port by which the client called us."""
    client: Client = Client()
