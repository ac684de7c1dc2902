"""How one method caches on one stage."""

from msgspec import Struct

FAIL, WARN, IGNORE = "FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER"
"""What becomes of a request to replace a kept response by who may not (unauthorizedCacheControlHeaderStrategy)."""

LARGEST_BODY = 1_048_576
"""Bytes of a response that is kept (developer guide)."""
LONGEST_TTL = 3_600
"""Seconds (as above)."""


class CacheSettings(Struct, frozen=True, kw_only=True):
    ttl: float
    """Seconds."""
    timeout: float
    """Seconds that the integration may take, and so may whoever waits for another request's answer."""
    requires_authorization: bool = True
    strategy: str = WARN
    is_sealed: bool = False
    """What leaves the memory of the worker is encrypted."""
    smallest_coded: int | None = None
    """Bytes of a response that is compressed; None: none is."""
    names: tuple[str, ...] = ()
    """Of the values of a key."""
