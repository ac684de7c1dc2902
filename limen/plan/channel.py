"""What the control process and the gateway workers say to each other over one Unix socket.

In frames. A worker says Hello, is sent everything that is served in one Updates, and from then on what each revision
changed; it answers each Updates with Applied.
"""

import asyncio
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from limen.aws.credentials import AccessKey
from limen.aws.identities import IdentityChanges
from limen.features.domain_names.records import DomainChanges
from limen.features.usage_plans.records import UsagePlanChanges
from limen.frames import read_frame
from limen.plan.snapshot import ApiAddress, StageUpdate
from limen.plan.trial import AnyTrial, AnyTrialResult


class Hello(Struct, tag=True, frozen=True):
    """The first words of a worker."""

    index: int
    pid: int


class PoolKeys(Struct, frozen=True):
    """A user pool of this server's own: what its tokens name as issuer, and the keys that verify them (JWK)."""

    pool_id: str
    region: str
    issuer: str
    keys: list[dict[str, str]]


class Updates(Struct, tag=True, frozen=True):
    """What is served at `revision`: everything where `first`, else what changed."""

    revision: int
    first: bool
    stages: list[StageUpdate]
    first_api: str | None
    """The id of the API that answers on the bare host."""
    apis: dict[str, ApiAddress] = {}
    """By id: of all APIs where `first`, else of those that changed; one may have no stage yet."""
    gone_apis: list[str] = []
    pools: list[PoolKeys] = []
    """All where `first`, else those that changed."""
    gone_pools: list[str] = []
    """Ids."""
    identities: IdentityChanges | None = None
    """Who may sign requests to APIs, with their keys."""
    session_key: bytes = b""
    """What session tokens are sealed with, where `first`."""
    usage_plans: UsagePlanChanges | None = None
    """API keys and usage plans."""
    pepper: bytes = b""
    """What digests of API keys are made with, where `first`."""
    domains: DomainChanges | None = None
    """Custom domain names."""


class Applied(Struct, tag=True, frozen=True):
    """A worker serves `revision`; `problems` names the stages whose last good plan was kept, and why."""

    revision: int
    problems: list[str]


class Collect(Struct, tag=True, frozen=True):
    """Asks a worker for its figures."""

    number: int


class Figures(Struct, tag=True, frozen=True):
    """What a worker counts; `metrics` is features.metrics' own snapshot."""

    number: int
    connections: int
    metrics: Any


class StateSeen(Struct, tag=True, frozen=True):
    """Whether a worker is without the shared state; it says so whenever that changes, and keeps silent until then."""

    is_away: bool


class ProfileKey(Struct, tag=True, frozen=True):
    """What `[aws] profile` signs with from now on, or why there is nothing."""

    key: AccessKey | None
    problem: str = ""


class MoveClock(Struct, tag=True, frozen=True):
    """Tells a worker how far the clock of what it keeps for a time is ahead, in seconds; in development alone."""

    ahead: float


class Look(Struct, tag=True, frozen=True):
    """Tells a worker to keep the last `requests` of a stage for whoever asks; 0 ends it."""

    api_id: str
    stage_name: str
    requests: int


class Explain(Struct, tag=True, frozen=True):
    """Asks a worker for a request that it kept, or for a list of all."""

    number: int
    request_id: str | None = None


class Explained(Struct, tag=True, frozen=True):
    """What a worker kept: one request or none, or summaries, each as JSON."""

    number: int
    found: list[bytes]


class Try(Struct, tag=True, frozen=True):
    """Asks a worker to run a test invocation."""

    number: int
    trial: AnyTrial


class Tried(Struct, tag=True, frozen=True):
    """What came of it, or why it could not be run."""

    number: int
    result: AnyTrialResult | None
    problem: str = ""


ToWorker: TypeAlias = Updates | Collect | ProfileKey | MoveClock | Look | Explain | Try
ToControl: TypeAlias = Hello | Applied | Figures | StateSeen | Explained | Tried

_to_worker: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
_to_control: msgspec.msgpack.Decoder[ToControl] = msgspec.msgpack.Decoder(ToControl)


async def read_as_worker(reader: asyncio.StreamReader) -> ToWorker:
    """Raises IncompleteReadError when control has gone."""
    return await read_frame(reader, _to_worker)


async def read_as_control(reader: asyncio.StreamReader) -> ToControl:
    """Raises IncompleteReadError when the worker has gone."""
    return await read_frame(reader, _to_control)
