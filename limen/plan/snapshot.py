"""What a worker is told about a stage: its deployed API as data, whole or as a difference to the deployment before."""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

Document: TypeAlias = dict[str, Any]

Protocol: TypeAlias = Literal["HTTP", "REST"]

API_NOUNS: dict[str, Protocol] = {"Api": "HTTP", "RestApi": "REST"}
"""How APIs are stored, by type."""

NOUNS: dict[Protocol, tuple[str, ...]] = {
    "HTTP": ("Route", "Integration", "Authorizer"),
    "REST": ("Method", "Resource", "Model", "RequestValidator", "GatewayResponse", "Authorizer"),
}
"""The children of an API that a deployment freezes for the workers; that of its routes comes first."""


class StageUpdate(Struct, frozen=True, kw_only=True):
    """One stage at one deployment: `api` and `put` as the deployment froze them, `stage` as it is now.

    A canary is a stage of its own beside the one that it is a canary of, with that one's document, but for the
    deployment and the variables that it overrides.
    """

    api_id: str
    stage_name: str
    is_canary: bool = False
    revision: int
    """The one that the deployment is frozen at."""
    full: bool = False
    """`put` is all there is, and what is not in it is gone."""
    protocol: Protocol = "HTTP"
    account: str = ""
    region: str = ""
    api: Document | None = None
    stage: Document | None = None
    """None where the stage is gone, or has no deployment."""
    client_certificate: Document | None = None
    """What the stage shows to backends: live, as the stage is."""
    put: dict[str, dict[str, Document]] = {}
    """Noun, key, document."""
    gone: dict[str, list[str]] = {}
    """Noun, keys."""


class ApiAddress(Struct, frozen=True):
    """What is known of an API before any of its stages."""

    region: str
    protocol: Protocol = "HTTP"
