"""One use of an AWS operation, as an operation function gets it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct, field

from limen.aws.call import AwsCall
from limen.aws.sealing import Seal
from limen.control.functions.code_store import CodeStore
from limen.control.functions.host_request import HostRequest
from limen.control.iam.last_used import LastUsed
from limen.control.issuer_discovery import FindKeysUrls
from limen.control.objects import Objects
from limen.control.pools.tools import PoolTools
from limen.control.usage_plans.values import KeyValues
from limen.control.wall_clock import WallClock
from limen.plan.trial import AnyTrial
from limen.state.interface import State
from limen.store.transaction import Transaction


class ControlSettings(Struct, frozen=True):
    """What operations need to know of the process.

    `vpc_links`: ids of VPC links, or ARNs of what is behind them, that have an address by setting.
    `function_logs`, `gateway_logs`: the directories that they are written to; None: they are not kept in files.
    """

    account: str
    suffix: str = "localhost"
    port: int = 8443
    public_url: str | None = None
    quotas_enforced: bool = False
    vpc_links: frozenset[str] = frozenset()
    codes: CodeStore | None = None
    """Where the code of functions is kept; None where there are none."""

    @property
    def code_store(self) -> CodeStore:
        if self.codes is None:
            raise RuntimeError("this process keeps no code of functions")
        return self.codes

    secrets: Seal | None = None
    """Seals the secrets of access keys in the store."""
    sessions: Seal | None = None
    """Seals session tokens."""
    last_used: LastUsed = field(default_factory=LastUsed)

    @property
    def secrets_seal(self) -> Seal:
        if self.secrets is None:
            raise RuntimeError("this process has no key for secrets")
        return self.secrets

    @property
    def sessions_seal(self) -> Seal:
        if self.sessions is None:
            raise RuntimeError("this process has no key for session tokens")
        return self.sessions

    api_keys: KeyValues | None = None
    """Digests and seals the values of API keys."""

    @property
    def key_values(self) -> KeyValues:
        if self.api_keys is None:
            raise RuntimeError("this process has no key for the values of API keys")
        return self.api_keys

    clock: WallClock = field(default_factory=WallClock)
    account_throttle: tuple[float, int] | None = None
    """Rate and burst of all APIs of a region together; None: there is no such limit."""
    usage_delay: float = 0.0
    """Seconds for which GetUsage does not tell of a call."""

    issuing: Path | None = None
    """The data directory whose authority signs for domain names, and whose `ca.pem` holds those that do."""

    issuers: FindKeysUrls | None = None
    """Who asks issuers; None: nobody, and what they would say is not known."""

    function_logs: Path | None = None
    gateway_logs: Path | None = None

    pools: PoolTools | None = None
    """What user pools need; None where there are none."""

    @property
    def pool_tools(self) -> PoolTools:
        if self.pools is None:
            raise RuntimeError("this process has no user pools")
        return self.pools

    objects: Objects | None = None
    """Of buckets, for Asides; None where none are read."""

    def issuer_of(self, pool_id: str) -> str:
        """What tokens of a user pool name as their issuer: a URL that answers."""
        return issuer_url(self.suffix, self.port, pool_id)

    def host_of(self, api_id: str, region: str) -> str:
        """Of an API, with the port where a client has to name it."""
        return f"{api_id}.execute-api.{region}.{self.suffix}{self._shown_port}"

    @property
    def _shown_port(self) -> str:
        return _shown_port(self.port)


def issuer_url(suffix: str, port: int, pool_id: str) -> str:
    return f"https://cognito-idp.{pool_id.partition('_')[0]}.{suffix}{_shown_port(port)}/{pool_id}"


def _shown_port(port: int) -> str:
    return "" if port == 443 else f":{port}"


class Call(Struct, frozen=True):
    """`documents` is the open transaction; where the operation only reads, it is a reader that cannot write."""

    aws: AwsCall
    documents: Transaction
    settings: ControlSettings
    now: str = field(default_factory=WallClock().text)

    @property
    def scope(self) -> str:
        """The parent of what an account has in a region: APIs, VPC links, domain names."""
        return f"{self.aws.account}/{self.aws.region}"


class Later(Struct, frozen=True):
    """What an operation answers that has to wait for a worker: what it asks for, and what the result becomes."""

    trial: AnyTrial
    answer: Callable[[Any], dict[str, Any]]


class Aside(Struct, frozen=True):
    """What an operation answers that has to compute for long, as with passwords: `work` runs beside the others, outside
    of any transaction; `go_on` is then called with what it gave, as an operation of its own."""

    work: Callable[[], Any]
    go_on: "Callable[[Call, Any], Answer]"


class Inquiry(Struct, frozen=True):
    """What an operation answers that has to ask the state that workers and nodes share: `ask` is awaited, outside of
    any transaction, and again where the state was away; `go_on` is then called with what it gave, as an operation of
    its own."""

    ask: Callable[[State], Awaitable[Any]]
    go_on: "Callable[[Call, Any], Answer]"


Answer: TypeAlias = dict[str, Any] | Later | HostRequest | Aside | Inquiry
