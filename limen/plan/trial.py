"""Test invocations as the control process asks a worker for them: a method or an authorizer, and a request."""

from typing import TypeAlias

from msgspec import Struct

from limen.plan.snapshot import StageUpdate


class TrialCaller(Struct, frozen=True):
    """Who asked for a test invocation: whom the method sees as its caller, whatever its authorization."""

    access_key: str
    account: str
    user_id: str
    arn: str


class Trial(Struct, tag=True, frozen=True, kw_only=True):
    """One request to one method of a REST API, which need not be deployed."""

    api: StageUpdate
    """All that the method is compiled with, the method itself among it."""
    method_key: str
    verb: str
    target: str | None
    """Path and query string; None for the path of the resource as it is written, with its variables."""
    headers: list[tuple[str, str]] = []
    body: bytes = b""
    caller: TrialCaller | None = None


class TrialResult(Struct, tag=True, frozen=True, kw_only=True):
    """`status` is 0 where nothing came in time."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    log: str
    latency_ms: int


AUTHORIZER_TEST_STAGE = "ESTestInvoke-stage"
"""The stage that an authorizer believes itself to be on while it is tested (guide, "Use API Gateway Lambda
authorizers")."""


class AuthorizerTrial(Struct, tag=True, frozen=True, kw_only=True):
    """One request to an authorizer of a REST API."""

    api: StageUpdate
    authorizer_id: str
    target: str
    """Path and query string."""
    headers: list[tuple[str, str]] = []
    body: bytes = b""
    context: dict[str, str] = {}
    """What identity sources find in the context, beside what is there."""


class AuthorizerTrialResult(Struct, tag=True, frozen=True, kw_only=True):
    """`status` is what the client would have been answered, 0 where the authorizer did what it is for."""

    status: int
    log: str
    latency_ms: int
    principal_id: str = ""
    policy: str = ""
    claims: dict[str, str] = {}


AnyTrial: TypeAlias = Trial | AuthorizerTrial
AnyTrialResult: TypeAlias = TrialResult | AuthorizerTrialResult
