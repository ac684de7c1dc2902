"""What an authorizer is compiled from."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct, field

from limen.aws.policies.asked import Effect
from limen.gateway.exchange import Exchange

Settle: TypeAlias = Callable[[Exchange, Effect], Effect]
"""What an authorizer's verdict comes to together with the resource policy of the API.

Asked once `exchange.caller` is set. Raises GatewayError where the resource policy denies it.
"""


class Guarded(Struct, frozen=True):
    """A route or method that asks for authorization, in the stage that it is served in."""

    method: Mapping[str, Any]
    """The document of the route (HTTP APIs) or method (REST APIs)."""
    authorizer: Mapping[str, Any] | None
    """The document that its authorizerId names."""
    where: str
    """The route or method in words, for the log."""
    account: str
    region: str
    api_id: str
    stage_name: str
    variables: Mapping[str, str]
    resource_path: str = ""
    """Of REST APIs."""
    policy: str | None = None
    """The resource policy of a REST API."""
    given_context: Mapping[str, str] = field(default_factory=dict)
    """What stands in for variables of the context while an authorizer is tested."""
    settle: Settle | None = None
    """None: an authorizer decides alone."""
