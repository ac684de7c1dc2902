"""Which settings of a stage hold for a method: those of its own, or those of `*/*` (developer guide, "Set up stages").

AWS stores the keys of `methodSettings` in the spelling that they were given in, so that all of them are read.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from limen.gateway.errors import PlanError

ALL = "*"
VERBS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD")
"""What settings can be for, one by one: those of a method ANY too."""


class MethodSettings(Struct, frozen=True, rename="camel"):
    """A stage without settings for a method has these."""

    metrics_enabled: bool = False
    logging_level: str | None = None
    """OFF, ERROR or INFO; None is OFF."""
    data_trace_enabled: bool = False
    """Requests and responses are logged whole, at any level but OFF."""
    throttling_burst_limit: int | None = None
    throttling_rate_limit: float | None = None
    caching_enabled: bool = False
    cache_ttl_in_seconds: int = 300
    cache_data_encrypted: bool = False
    require_authorization_for_cache_control: bool = True
    unauthorized_cache_control_header_strategy: str = "SUCCEED_WITH_RESPONSE_HEADER"

    @property
    def logs(self) -> bool:
        return self.logging_level in ("ERROR", "INFO")


def resolve_settings(stored: Mapping[str, Any], resource_path: str, verb: str) -> MethodSettings:
    """`stored`: `methodSettings` of a stage; `verb` as configured, `ANY` included. Raises PlanError.

    The most specific key wins, and of two that differ in spelling alone the last one. Nothing is inherited: a setting
    was complete when it was made.
    """
    best: tuple[int, Any] = (0, {})
    for key, members in stored.items():
        rank = _rank(key, resource_path, verb)
        if rank and rank >= best[0]:
            best = rank, members
    try:
        return msgspec.convert(best[1], MethodSettings, strict=False)
    except msgspec.ValidationError as error:
        raise PlanError(f"method settings of {verb} {resource_path}: {error}") from None


def has_own_settings(stored: Mapping[str, Any], resource_path: str, verb: str) -> bool:
    """Whether a key is for this very method."""
    return any(_rank(key, resource_path, verb) == 4 for key in stored)


def _rank(key: str, resource_path: str, verb: str) -> int:
    """0: the key is not for this method."""
    path, _, for_verb = key.rpartition("/")
    path = path.replace("~1", "/").replace("~0", "~")
    if for_verb not in (verb, ALL):
        return 0
    if path.lstrip("/") == resource_path.lstrip("/"):
        return 4 if for_verb == verb else 3
    if path == ALL:
        return 2 if for_verb == verb else 1
    return 0
