"""The control process: AWS APIs over the store, files deployed and watched, changes published to the workers.

What the first answer of a worker waits for comes first; the ports of this process are loaded when the workers serve.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from limen.aws.credentials import AccessKey
from limen.aws.identities import SESSIONS, KeyRecord, root_record
from limen.aws.sealing import Seal
from limen.control import loading
from limen.control.announce import ready_lines
from limen.control.aws_profile import ProfileWatch
from limen.control.call import ControlSettings
from limen.control.certificates.sweeper import CertificateSweeper
from limen.control.certificates.trusted import TrustedAuthorities
from limen.control.cluster.joining import join
from limen.control.cluster.settings import ClusterSettings, FollowingSettings
from limen.control.cluster.snapshot_file import SNAPSHOTS, SnapshotFile
from limen.control.deployed import Deployed, FileOptions, FileRefusedError, find_api_of_file, stays_as_it_was
from limen.control.domains.changes import DomainsSource
from limen.control.functions.code_pruner import code_pruner
from limen.control.functions.code_store import CodeStore
from limen.control.functions.host_client import HostClient
from limen.control.functions.publisher import FunctionsPublisher
from limen.control.iam.identities import SECRETS
from limen.control.iam.signers import ApiSigners
from limen.control.issuer_discovery import IssuerDiscovery
from limen.control.lifetime import Lifetime
from limen.control.logs.sweeper import log_sweeper
from limen.control.objects import Objects
from limen.control.overview import Endpoints
from limen.control.pools.sweeper import session_sweeper
from limen.control.pools.tools import PoolTools
from limen.control.private_socket import listen_privately
from limen.control.pruner import Pruner
from limen.control.publisher import Publisher
from limen.control.s3_objects import S3Objects, S3Settings
from limen.control.surroundings import MOST_POOL_CONNECTIONS, PortSettings, Surroundings
from limen.control.usage_plans.old_values import look_at_api_keys
from limen.control.usage_plans.records import UsagePlans
from limen.control.usage_plans.sweeper import UsagePlanSweeper
from limen.control.usage_plans.values import KeyValues
from limen.control.wall_clock import WallClock
from limen.data_dir import Credentials, DataDirectory
from limen.process_log import log_to_stderr
from limen.process_settings import ControllerSettings, read_process_settings
from limen.state.connect import open_state
from limen.store.errors import StoreError
from limen.store.store import Store

if TYPE_CHECKING:
    from limen.control.cluster.following import FollowingControl

log = logging.getLogger("limen.controller")

T = TypeVar("T")

WORKERS_START_TIMEOUT = 30.0
FIRST_ANSWERS = 5.0
"""Seconds that the ports of this process wait for workers to serve."""


def main() -> None:
    """Run by the supervisor (limen.processes)."""
    log_to_stderr("control")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = read_process_settings(ControllerSettings)
    try:
        controller = _follow(settings) if settings.role == "gateway" else Controller(settings)
        code = asyncio.run(controller.serve())
    except StoreError as error:
        print(f"limen: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    raise SystemExit(code)


class Controller:
    """One process: one loop for the network, one thread for operations, one for reading what to publish."""

    def __init__(self, settings: ControllerSettings) -> None:
        self._settings = settings
        self._files = [Path(name) for name in settings.files]
        self._data = DataDirectory(settings.data_dir)
        self._store = Store.open(settings.store_url)
        self._admin_keys = self._join()
        self._codes = CodeStore(self._data.functions, self._admin_keys[0].secret, shared=self._store)
        self._issuers = IssuerDiscovery(settings.upstream_ca, settings.admin_port)
        self._operations = ThreadPoolExecutor(1, "operations")
        self._wall_clock = WallClock()
        self._state = open_state(settings.state_url, settings.state_socket, has_development_clock=settings.dev_clock)
        self._plan_sweeper = UsagePlanSweeper(self._store, self._in_operations, self._state, self._wall_clock.now)
        self._surroundings = self._make_surroundings()
        self._certificate_sweeper = CertificateSweeper(
            self._store,
            self._in_operations,
            self._wall_clock.now,
            partial(loading.renew_certificate, self._store, self._surroundings.control),
            self._data.path,
        )
        self._publisher = self._surroundings.publisher
        self._cluster = self._surroundings.cluster
        self._functions = self._surroundings.functions
        self._sweepers = (
            Pruner(self._store),
            code_pruner(self._store, self._codes, self._in_operations, prunes_shared=True),
            log_sweeper(self._store, self._data.function_logs),
            session_sweeper(self._store, self._in_operations),
            self._plan_sweeper,
            self._certificate_sweeper,
        )
        """Each takes away what nobody needs any more."""
        self._trusted = TrustedAuthorities(self._store, self._data.path)
        self._profile_watch = ProfileWatch(settings.aws.profile, self._publisher.put_profile_key)
        self._has_ports = asyncio.Event()
        self._lifetime = Lifetime()

    def _join(self) -> list[AccessKey]:
        """The admin credentials, which all nodes share. Raises StoreError where the others have another key."""
        settings = self._settings
        own = AccessKey(settings.access_key_id, settings.secret_access_key)
        if not self._store.is_shared:
            return [own]
        keys = join(self._store, settings.key, settings.key_name, own, is_given=settings.has_own_credentials)
        if not settings.has_own_credentials:
            self._data.adopt_credentials(Credentials(keys[0].id, keys[0].secret))
        return keys

    def _make_surroundings(self) -> Surroundings:
        settings = self._settings
        secrets, sessions = Seal(settings.key, SECRETS), Seal(settings.key, SESSIONS)
        control = self._control_settings(secrets, sessions)
        look_at_api_keys(self._store, control.key_values)
        administrator = root_record(settings.account, [KeyRecord(key.id, key.secret) for key in self._admin_keys])
        signers = ApiSigners(administrator, secrets, sessions)
        usage_plans = UsagePlans(control.key_values)
        publisher = Publisher(
            self._store,
            issuer_of=control.issuer_of,
            signers=signers,
            usage_plans=usage_plans,
            domains=DomainsSource(secrets),
            snapshot=self._snapshot_file("plans"),
        )
        return Surroundings(
            store=self._store,
            control=control,
            administrator=administrator,
            endpoints=Endpoints(settings.suffix, settings.api_port, settings.public_url),
            publisher=publisher,
            cluster=loading.open_cluster(self._store, _cluster_settings(settings), publisher),
            functions=FunctionsPublisher(self._store, self._snapshot_file("functions"), self._codes.fetch),
            host=HostClient(Path(settings.functions_socket)),
            state=self._state,
            wake_sweeper=self._wake_sweepers,
            in_operations=self._in_operations,
        )

    def _wake_sweepers(self) -> None:
        """The clock was moved."""
        self._plan_sweeper.wake()
        self._certificate_sweeper.wake()

    def _snapshot_file(self, name: str) -> SnapshotFile | None:
        """Where nodes share a store: what was served last is told to workers that start while that is away."""
        if not self._store.is_shared or self._settings.role == "control":
            return None
        return SnapshotFile(self._data.snapshots / name, Seal(self._settings.key, SNAPSHOTS))

    def _control_settings(self, secrets: Seal, sessions: Seal) -> ControlSettings:
        settings, throttle = self._settings, self._settings.account_throttle
        return ControlSettings(
            account=settings.account,
            suffix=settings.suffix,
            port=settings.api_port,
            public_url=settings.public_url,
            quotas_enforced=settings.quotas_enforced,
            clock=self._wall_clock,
            account_throttle=(throttle.rate, throttle.burst) if throttle is not None else None,
            usage_delay=settings.usage_delay,
            vpc_links=frozenset(settings.vpc_links),
            codes=self._codes,
            secrets=secrets,
            sessions=sessions,
            api_keys=KeyValues(settings.key),
            issuers=self._issuers,
            issuing=self._data.path,
            function_logs=self._data.function_logs,
            gateway_logs=self._data.logs,
            pools=PoolTools(settings.key, self._data.outbox),
            objects=Objects(settings.buckets, S3Objects(_s3_settings(settings))),
        )

    async def serve(self) -> int:
        """Deploys the files, opens the channel to the workers and the admin port; the exit code of the process."""
        loop = asyncio.get_running_loop()
        self._lifetime.begin()
        self._issuers.start()
        if not await self._deploy_files():
            return 1
        self._publisher.first_api = self._find_first_api()
        await self._start_parts()
        announcing = loop.create_task(self._announce())
        watching = loop.create_task(self._watch()) if self._settings.watch and self._files else None
        await self._serve_ports()
        for task in (announcing, watching):
            if task is not None:
                task.cancel()
        await self._stop_parts()
        return 0

    async def _serve_ports(self) -> None:
        """Who calls before they are there waits in line: the supervisor listens."""
        first = asyncio.ensure_future(self._wait_served(FIRST_ANSWERS))
        await self._lifetime.wait_ended(first)
        first.cancel()
        if self._lifetime.stopping.is_set():
            return
        ports = await asyncio.to_thread(loading.load_ports, self._port_settings(), self._surroundings)
        self._cluster.start(ports.pools)
        self._has_ports.set()
        await ports.serve(self._lifetime.stopping)

    async def _start_parts(self) -> None:
        """First of all that workers may need."""
        self._pools_socket = listen_privately(Path(self._settings.pools_socket), MOST_POOL_CONNECTIONS)
        self._store.watch()
        await self._profile_watch.start()
        await self._publisher.start(Path(self._settings.control_socket))
        await self._functions.start(Path(self._settings.functions_control_socket))
        self._trusted.start()
        for sweeper in self._sweepers:
            sweeper.start()

    async def _stop_parts(self) -> None:
        parts = (
            self._profile_watch,
            self._cluster,
            self._publisher,
            self._functions,
            self._trusted,
            *self._sweepers,
            self._issuers,
        )
        for part in parts:
            await part.stop()
        await self._state.close()
        self._operations.shutdown(wait=True)
        self._store.close()

    async def _wait_served(self, timeout: float) -> bool:
        """Whether every worker serves what there is, in time."""
        return await self._publisher.wait_applied(self._publisher.revision, self._settings.workers, timeout)

    def _port_settings(self) -> PortSettings:
        settings = self._settings
        return PortSettings(
            admin_fd=settings.admin_fd,
            certificate=Path(settings.certificate),
            own_names=_own_names(settings),
            pools_fd=self._pools_socket.detach(),
            workers=settings.workers,
            metrics_token=DataDirectory.open(settings.data_dir).metrics_token(),
            audit=self._data.audit,
            audit_size=settings.audit_size,
            drain_timeout=settings.drain_timeout,
            may_move_clock=settings.dev_clock,
            truststores=self._data.truststores,
        )

    # --- files

    async def _deploy_files(self) -> bool:
        """False where a file is refused at the first start: the command ends. Later what was served before stays."""
        for path in self._files:
            try:
                deployed = await self._deploy(path)
            except FileRefusedError as refused:
                print(refused, file=sys.stderr, flush=True)  # noqa: T201
                if self._settings.is_first:
                    return False
                print(stays_as_it_was(path), file=sys.stderr, flush=True)  # noqa: T201
                continue
            if deployed.has_changes or self._settings.is_first:
                title = [f"{path}:"] if len(self._files) > 1 else []
                print("\n".join([*title, *deployed.lines]), flush=True)  # noqa: T201
        return True

    def _find_first_api(self) -> str | None:
        """The one that answers on the bare host: that of the first file."""
        return find_api_of_file(self._store, self._files[0]) if self._files else None

    async def _deploy(self, path: Path) -> Deployed:
        settings = self._settings
        options = FileOptions(settings.api_type, settings.stage, settings.allow_stored, settings.region)
        control = self._surroundings.control
        return await self._in_operations(
            partial(loading.deploy, self._store, control, path, options, settings.parameters)
        )

    async def _watch(self) -> None:
        async def deploy(path: Path) -> Deployed:
            deployed = await self._deploy(path)
            await self._surroundings.wait_applied()
            return deployed

        await loading.watch(self._files, deploy, partial(print, flush=True), self._lifetime.stopping)

    async def _announce(self) -> None:
        """Says `ready: URL` for each API when every worker serves it, and then where the admin port is."""
        while not await self._wait_served(WORKERS_START_TIMEOUT):
            log.error("not every worker serves after %g s; waiting on", WORKERS_START_TIMEOUT)
        if self._settings.is_first:
            for line in await asyncio.to_thread(
                ready_lines, self._store, self._surroundings.endpoints, self._publisher.first_api
            ):
                print(line, flush=True)  # noqa: T201
        await self._has_ports.wait()
        self._cluster.register()
        os.write(self._settings.ready_fd, b"ready\n")
        if self._settings.is_first:
            print(f"admin: https://localhost:{self._settings.admin_port}", flush=True)  # noqa: T201
        gc.collect()
        gc.freeze()

    async def _in_operations(self, function: Callable[[], T]) -> T:
        """One thread for all operations: the store has one writer, and reads are short."""
        return await asyncio.get_running_loop().run_in_executor(self._operations, function)


def _follow(settings: ControllerSettings) -> "FollowingControl":
    """For a node that serves what others deploy."""
    data = DataDirectory.open(settings.data_dir)
    following = FollowingSettings(
        store_url=settings.store_url,
        key=settings.key,
        key_name=settings.key_name,
        access_key=AccessKey(settings.access_key_id, settings.secret_access_key),
        has_own_credentials=settings.has_own_credentials,
        cluster=_cluster_settings(settings),
        account=settings.account,
        endpoints=Endpoints(settings.suffix, settings.api_port, settings.public_url),
        admin_fd=settings.admin_fd,
        admin_port=settings.admin_port,
        ready_fd=settings.ready_fd,
        control_socket=Path(settings.control_socket),
        functions_control_socket=Path(settings.functions_control_socket),
        pools_socket=Path(settings.pools_socket),
        certificate=settings.certificate,
        metrics_token=data.metrics_token(),
        names=_own_names(settings),
        aws_profile=settings.aws.profile,
        workers=settings.workers,
        drain_timeout=settings.drain_timeout,
        is_first=settings.is_first,
        data=data.path,
        snapshots=data.snapshots,
        functions=data.functions,
        function_logs=data.function_logs,
    )
    return loading.following_control(following, lambda key: data.adopt_credentials(Credentials(key.id, key.secret)))


def _cluster_settings(settings: ControllerSettings) -> ClusterSettings:
    return ClusterSettings(
        node_id=settings.node_id,
        role=settings.role,
        address=settings.cluster_address,
        fd=settings.cluster_fd,
        directory=Path(settings.data_dir) / "cluster",
        key=settings.key,
        drain_timeout=settings.drain_timeout,
    )


def _s3_settings(settings: ControllerSettings) -> S3Settings:
    return S3Settings(settings.aws.profile, settings.aws.endpoint_of("s3"), settings.region, settings.upstream_ca)


def _own_names(settings: ControllerSettings) -> tuple[str, ...]:
    """What the admin port may be called by."""
    names = ["localhost", settings.suffix, settings.host, "amazonaws.com"]
    if settings.public_url:
        names.append(settings.public_url.partition("//")[2].partition("/")[0].partition(":")[0])
    return tuple(names)


if __name__ == "__main__":
    main()
