"""What the supervisor tells a process that it starts: the few values that it needs, as one line of JSON."""

import socket
import sys
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from limen.config import Settings
from limen.config_tables import AwsSettings, FunctionSettings
from limen.config_values import Throttle
from limen.data_dir import DataDirectory

T = TypeVar("T")

AWS_ACCOUNT_THROTTLE = Throttle(10_000.0, 5_000)
"""Of a region, by default."""


class LimitSettings(Struct, frozen=True, kw_only=True):
    """How limits are kept."""

    is_open_without_state: bool
    """Whether a worker admits its share of the limits while the shared state is away."""
    account_throttle: Throttle | None
    """None: there is none."""
    tells_rate_limits: bool
    """In headers of responses."""


class WorkerSettings(Struct, frozen=True, kw_only=True):
    """For one gateway worker; descriptors are inherited, `ready_fd` is written once when it serves."""

    index: int
    listening_fd: int
    ready_fd: int = -1
    control_socket: str
    certificate: str
    log_directory: str
    access_log_to_stdout: bool
    max_buffered: int
    cache_memory: int
    drain_timeout: float
    suffix: str
    public_host: str = ""
    """Of the public URL."""
    vpc_links: dict[str, str]
    aws: AwsSettings
    admin_port: int
    upstream_ca: str | None
    explain: int
    functions: FunctionSettings
    functions_socket: str
    pools_socket: str
    state_url: str
    state_socket: str
    dev_clock: bool = False
    ledger_days: int
    usage_directory: str
    """Of what was counted, until it is delivered."""
    trusted_proxies: tuple[str, ...] = ()
    takes_proxy_protocol: bool = False
    limits: LimitSettings


class FunctionsSettings(Struct, frozen=True, kw_only=True):
    """For the functions host, whose `listening_fd` is the socket that functions are invoked on."""

    listening_fd: int
    ready_fd: int = -1
    control_socket: str
    data_dir: str
    run_directory: str
    """Of sockets: only we may enter it, and its path is short."""
    account: str
    region: str
    """Of functions that are invoked by their bare name."""
    functions: FunctionSettings
    concurrency: int
    debug: tuple[str, ...]
    drain_timeout: float


class StateSettings(Struct, frozen=True, kw_only=True):
    """For the state host, whose `listening_fd` is the socket on which it is asked."""

    listening_fd: int
    ready_fd: int = -1
    usage_file: str
    ledger_days: int


class ControllerSettings(Struct, frozen=True, kw_only=True):
    """For the control process; `is_first`: nothing was served yet, so it prints the URLs, or ends at a refused file."""

    files: list[str]
    parameters: dict[str, str]
    api_type: str | None
    stage: str | None
    watch: bool
    allow_stored: bool
    admin_fd: int
    ready_fd: int = -1
    host: str
    api_port: int
    admin_port: int
    control_socket: str
    functions_socket: str
    functions_control_socket: str
    pools_socket: str
    state_url: str
    state_socket: str
    certificate: str
    data_dir: str
    store_url: str
    access_key_id: str
    secret_access_key: str
    key: bytes
    """What secrets in the store and session tokens are sealed with."""
    audit_size: int
    account: str
    suffix: str
    region: str
    public_url: str | None
    quotas_enforced: bool
    account_throttle: Throttle | None
    usage_delay: float
    dev_clock: bool
    vpc_links: list[str]
    buckets: dict[str, str]
    aws: AwsSettings
    workers: int
    drain_timeout: float
    is_first: bool
    upstream_ca: str | None = None
    role: str
    node_id: str
    cluster_fd: int = -1
    """The socket on which other nodes ask; -1 where there are none."""
    cluster_address: str = ""
    """host:port by which they reach it."""
    key_name: str
    """Where the key came from."""
    has_own_credentials: bool
    """The access key was given, not generated."""


def count_workers(settings: Settings) -> int:
    return 0 if settings.role == "control" else settings.workers


def limit_settings(settings: Settings) -> LimitSettings:
    return LimitSettings(
        is_open_without_state=settings.state_loss == "open",
        account_throttle=account_throttle(settings),
        tells_rate_limits=settings.rate_limit_headers,
    )


def account_throttle(settings: Settings) -> Throttle | None:
    """Where nobody says what it is, that of AWS holds with the quotas of AWS."""
    given = settings.account_throttle
    if given is None:
        return AWS_ACCOUNT_THROTTLE if settings.quotas == "aws" else None
    return None if given.is_off else given


def read_process_settings(kind: type[T]) -> T:
    """What this process is told; it ends where the supervisor has gone without a word."""
    line = sys.stdin.buffer.readline()
    if not line:
        raise SystemExit(1)
    return msgspec.json.decode(line, type=kind)


def worker_settings(
    settings: Settings,
    data: DataDirectory,
    *,
    index: int,
    listening_fd: int,
    generation: int,
    certificate: Path,
    admin_port: int,
) -> WorkerSettings:
    return WorkerSettings(
        index=index,
        listening_fd=listening_fd,
        control_socket=str(data.control_socket(generation)),
        certificate=str(certificate),
        log_directory=str(data.logs),
        access_log_to_stdout=settings.access_log == "stdout",
        max_buffered=settings.max_buffered,
        cache_memory=settings.cache_memory,
        drain_timeout=settings.drain_timeout,
        suffix=settings.suffix,
        public_host=urlsplit(settings.public_url or "").hostname or "",
        vpc_links=settings.vpc_links,
        aws=settings.aws,
        admin_port=admin_port,
        upstream_ca=settings.upstream_ca,
        explain=settings.explain,
        functions=settings.functions,
        functions_socket=str(data.functions_socket()),
        trusted_proxies=settings.trusted_proxies,
        takes_proxy_protocol=settings.proxy_protocol == "required",
        pools_socket=str(data.pools_socket(generation)),
        limits=limit_settings(settings),
        dev_clock=settings.dev_clock,
        ledger_days=settings.ledger_days,
        state_url=settings.state,
        state_socket=str(data.state_socket()),
        usage_directory=str(data.usage),
    )


def functions_settings(
    settings: Settings, data: DataDirectory, *, listening_fd: int, control_socket: str
) -> FunctionsSettings:
    return FunctionsSettings(
        listening_fd=listening_fd,
        control_socket=control_socket,
        data_dir=str(data.path),
        run_directory=str(data.functions_socket().parent),
        account=settings.account_id,
        region=settings.region,
        functions=settings.functions,
        concurrency=settings.functions_concurrency,
        debug=settings.debug,
        drain_timeout=settings.drain_timeout,
    )


def state_settings(settings: Settings, data: DataDirectory, *, listening_fd: int) -> StateSettings:
    return StateSettings(listening_fd=listening_fd, usage_file=str(data.usage_file), ledger_days=settings.ledger_days)


def controller_settings(
    settings: Settings,
    data: DataDirectory,
    files: list[Path],
    *,
    parameters: dict[str, str],
    admin_fd: int,
    api_port: int,
    admin_port: int,
    cluster_fd: int,
    cluster_port: int,
    generation: int,
    certificate: Path,
    is_first: bool,
) -> ControllerSettings:
    credentials = data.credentials()
    return ControllerSettings(
        files=[str(file) for file in files],
        parameters=parameters,
        api_type=settings.type,
        stage=settings.stage,
        watch=settings.watch,
        allow_stored=settings.allow_stored,
        admin_fd=admin_fd,
        host=settings.host,
        api_port=api_port,
        admin_port=admin_port,
        control_socket=str(data.control_socket(generation)),
        functions_socket=str(data.functions_socket()),
        functions_control_socket=str(data.functions_control_socket(generation)),
        pools_socket=str(data.pools_socket(generation)),
        state_url=settings.state,
        state_socket=str(data.state_socket()),
        certificate=str(certificate),
        data_dir=str(data.path),
        store_url=settings.store or data.store_url,
        access_key_id=settings.access_key_id or credentials.access_key_id,
        secret_access_key=settings.secret_access_key or credentials.secret_access_key,
        key=data.key(settings.key_file),
        audit_size=settings.audit_size,
        account=settings.account_id,
        suffix=settings.suffix,
        region=settings.region,
        public_url=settings.public_url,
        quotas_enforced=settings.quotas == "aws",
        account_throttle=account_throttle(settings),
        usage_delay=settings.usage_delay,
        dev_clock=settings.dev_clock,
        vpc_links=list(settings.vpc_links),
        buckets=settings.buckets | {data.truststores.name: str(data.truststores)},
        aws=settings.aws,
        workers=count_workers(settings),
        drain_timeout=settings.drain_timeout,
        is_first=is_first,
        upstream_ca=settings.upstream_ca,
        role=settings.role,
        node_id=data.node_id(),
        cluster_fd=cluster_fd,
        cluster_address=_cluster_address(settings, cluster_port) if cluster_fd >= 0 else "",
        key_name=str(settings.key_file or data.path / "key"),
        has_own_credentials=settings.access_key_id is not None,
    )


def _cluster_address(settings: Settings, port: int) -> str:
    host = settings.cluster_address or settings.cluster_host or settings.host
    if host in ("0.0.0.0", "::"):  # noqa: S104
        host = socket.gethostname()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
