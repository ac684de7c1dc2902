"""A test invocation as the control process asks a worker for it: a method as it stands and a request; what came out."""

from msgspec import Struct

from limen.plan.snapshot import StageUpdate


class Trial(Struct, frozen=True, kw_only=True):
    """One request to one method of a REST API, which need not be deployed."""

    api: StageUpdate
    """All that the method is compiled with, the method itself among it."""
    method_key: str
    verb: str
    target: str | None
    """Path and query string; None for the path of the resource as it is written, with its variables."""
    headers: list[tuple[str, str]] = []
    body: bytes = b""


class TrialResult(Struct, frozen=True, kw_only=True):
    """`status` is 0 where nothing came in time."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    log: str
    latency_ms: int
