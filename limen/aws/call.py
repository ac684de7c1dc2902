"""One use of an AWS operation: parsed, validated, authenticated; and what became of it."""

from typing import Any

from msgspec import Struct

from limen.aws.errors import AwsError
from limen.aws.identities import Principal
from limen.aws.service_model import Shape


class Client(Struct, frozen=True):
    """Where a request came from."""

    address: str = ""
    """Its IP address."""
    user_agent: str = ""
    referer: str = ""


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
    caller: Principal | None = None
    """None where nobody signed, and for what Limen does of itself."""
    client: Client = Client()
    method: str = ""
    path: str = ""
    """Of the operation's template, without its query, with what it was called with; a slash in a label is %2F."""


class Answered(Struct, frozen=True, kw_only=True):
    """What became of a call, for whoever keeps a record of it."""

    request_id: str
    service: str
    """Empty where it is not known what was meant."""
    operation: str
    region: str
    client: Client
    caller: Principal | None
    """None where it is not known who signed, or the signature is wrong."""
    access_key_id: str
    """As the request says it."""
    members: dict[str, Any] | None
    error: AwsError | None
    shape: Shape | None = None
    """Of the members."""
