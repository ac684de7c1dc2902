"""What a worker is told about a stage: its deployed API as data, whole or as a difference to the deployment before."""

from typing import Any, TypeAlias

from msgspec import Struct

Document: TypeAlias = dict[str, Any]

NOUNS = ("Route", "Integration", "Authorizer")
"""The children of an API that a deployment freezes for the workers."""


class StageUpdate(Struct, frozen=True, kw_only=True):
    """One stage at one deployment: `api` and `put` as the deployment froze them, `stage` as it is now."""

    api_id: str
    stage_name: str
    revision: int
    """The one that the deployment is frozen at."""
    full: bool = False
    """`put` is all there is, and what is not in it is gone."""
    account: str = ""
    region: str = ""
    api: Document | None = None
    stage: Document | None = None
    """None where the stage is gone, or has no deployment."""
    put: dict[str, dict[str, Document]] = {}
    """Noun, key, document."""
    gone: dict[str, list[str]] = {}
    """Noun, keys."""
