"""The control process: AWS APIs over the store, files deployed and watched, changes published to the workers."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from limen.aws.call import AwsCall
from limen.aws.credentials import AccessKey
from limen.aws.errors import bad_request
from limen.aws.identities import SESSIONS, KeyRecord, root_record
from limen.aws.sealing import Seal
from limen.aws.serialise import Answer
from limen.aws.server import AwsApi, NoRecorder
from limen.control.access.questions import Questions
from limen.control.admin import Admin, RebindingGuard
from limen.control.announce import ready_lines
from limen.control.asides import Asides
from limen.control.audit.files import AuditFiles
from limen.control.audit.log import AuditLog
from limen.control.aws_profile import ProfileWatch
from limen.control.call import ControlSettings, Later
from limen.control.cluster.cluster import Cluster, ClusterSettings
from limen.control.cluster.following import FollowingControl, FollowingSettings
from limen.control.cluster.joining import join
from limen.control.deploy_files import Deployed, FileOptions, FileRefusedError, deploy_file, find_api_of_file
from limen.control.deploy_template import deploy_template
from limen.control.functions.code_pruner import CodePruner
from limen.control.functions.code_store import CodeStore
from limen.control.functions.host_client import HostClient
from limen.control.functions.host_request import HostRequest
from limen.control.functions.publisher import FunctionsPublisher
from limen.control.iam.credentials import IamCredentials
from limen.control.iam.identities import SECRETS
from limen.control.iam.signers import ApiSigners
from limen.control.invoke import concerns_workers, make_invoke
from limen.control.issuer_discovery import IssuerDiscovery
from limen.control.lifetime import Lifetime
from limen.control.logs.sweeper import LogSweeper
from limen.control.oauth.app import OAuthApp
from limen.control.oauth.pool_urls import PoolUrls
from limen.control.oauth.runner import Runner
from limen.control.overview import Endpoints
from limen.control.pools.public import PublicPools
from limen.control.pools.sweeper import SessionSweeper
from limen.control.pools.token_requests import TokenRequests
from limen.control.pools.tools import PoolTools
from limen.control.pruner import Pruner
from limen.control.publisher import Publisher, TrialError
from limen.control.servers import Server, admin_server, listen_privately, pools_server
from limen.control.stacks.requests import StackRequests
from limen.control.stacks.text import is_template_file
from limen.control.watch import redeploy_saved, stays_as_it_was
from limen.data_dir import Credentials, DataDirectory
from limen.process_log import log_to_stderr
from limen.process_settings import ControllerSettings
from limen.store.errors import StoreError
from limen.store.store import Store

log = logging.getLogger("limen.controller")

T = TypeVar("T")

WORKERS_START_TIMEOUT = 30.0
SERVICES = ["apigateway", "apigatewayv2", "cognito-idp", "iam", "lambda", "logs", "sts"]


def main() -> None:
    """Run by the supervisor as `python -m limen.controller`."""
    log_to_stderr("control")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = msgspec.json.decode(sys.stdin.buffer.readline(), type=ControllerSettings)
    try:
        controller = following_control(settings) if settings.role == "gateway" else Controller(settings)
        code = asyncio.run(controller.serve())
    except StoreError as error:
        print(f"limen: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    raise SystemExit(code)


def following_control(settings: ControllerSettings) -> FollowingControl:
    """For a node that serves what others deploy."""
    data = DataDirectory(settings.data_dir)
    return FollowingControl(
        FollowingSettings(
            store_url=settings.store_url,
            key=settings.key,
            key_name=settings.key_name,
            access_key=AccessKey(settings.access_key_id, settings.secret_access_key),
            has_own_credentials=settings.has_own_credentials,
            cluster=cluster_settings(settings),
            account=settings.account,
            endpoints=Endpoints(settings.suffix, settings.api_port, settings.public_url),
            admin_fd=settings.admin_fd,
            admin_port=settings.admin_port,
            ready_fd=settings.ready_fd,
            control_socket=Path(settings.control_socket),
            functions_control_socket=Path(settings.functions_control_socket),
            pools_socket=settings.pools_socket,
            certificate=settings.certificate,
            metrics_token=DataDirectory.open(settings.data_dir).metrics_token(),
            names=own_names(settings),
            aws_profile=settings.aws_profile,
            workers=settings.workers,
            drain_timeout=settings.drain_timeout,
            is_first=settings.is_first,
            snapshots=data.snapshots,
            functions=data.functions,
            function_logs=data.function_logs,
        ),
        adopt=lambda key: data.adopt_credentials(Credentials(key.id, key.secret)),
    )


def cluster_settings(settings: ControllerSettings) -> ClusterSettings:
    return ClusterSettings(
        node_id=settings.node_id,
        role=settings.role,
        address=settings.cluster_address,
        fd=settings.cluster_fd,
        directory=Path(settings.data_dir) / "cluster",
        key=settings.key,
        drain_timeout=settings.drain_timeout,
    )


def own_names(settings: ControllerSettings) -> list[str]:
    """What the admin port may be called by."""
    names = ["localhost", settings.suffix, settings.host, "amazonaws.com"]
    if settings.public_url:
        names.append(settings.public_url.partition("//")[2].partition("/")[0].partition(":")[0])
    return names


class Controller:
    """One process: one loop for the network, one thread for operations, one for reading what to publish."""

    def __init__(self, settings: ControllerSettings) -> None:
        self._settings = settings
        self._files = [Path(name) for name in settings.files]
        data = DataDirectory(settings.data_dir)
        self._store = Store.open(settings.store_url)
        admin_keys = self._join()
        self._codes = CodeStore(data.functions, admin_keys[0].secret, shared=self._store)
        self._secrets, self._sessions = Seal(settings.key, SECRETS), Seal(settings.key, SESSIONS)
        self._administrator = root_record(settings.account, [KeyRecord(key.id, key.secret) for key in admin_keys])
        self._issuers = IssuerDiscovery(settings.upstream_ca, settings.admin_port)
        self._control = self._control_settings(data)
        self._endpoints = Endpoints(settings.suffix, settings.api_port, settings.public_url)
        self._operations = ThreadPoolExecutor(1, "operations")
        self._asides = Asides(make_invoke(self._store, self._control), self._in_operations)
        signers = ApiSigners(self._administrator, self._secrets, self._sessions)
        self._publisher = Publisher(self._store, issuer_of=self._control.issuer_of, signers=signers)
        self._cluster = Cluster(self._store, cluster_settings(settings), self._publisher)
        self._functions = FunctionsPublisher(self._store, fetch=self._codes.fetch)
        self._host = HostClient(Path(settings.functions_socket))
        self._sweepers = (
            Pruner(self._store),
            CodePruner(self._store, self._codes, self._in_operations, prunes_shared=True),
            LogSweeper(self._store, data.function_logs),
            SessionSweeper(self._store, self._in_operations),
        )
        """Each takes away what nobody needs any more."""
        self._profile_watch = ProfileWatch(settings.aws_profile, self._publisher.put_profile_key)
        self._audit_files = AuditFiles(data.audit, settings.audit_size) if settings.audit_size else None
        self._recorder = AuditLog(self._audit_files, settings.account) if self._audit_files else NoRecorder()
        self._aws = AwsApi(
            SERVICES,
            self._credentials(),
            self._invoke_and_publish(),
            account=settings.account,
            recorder=self._recorder,
        )
        self._lifetime = Lifetime()

    def _join(self) -> list[AccessKey]:
        """The admin credentials, which all nodes share. Raises StoreError where the others have another key."""
        settings = self._settings
        own = AccessKey(settings.access_key_id, settings.secret_access_key)
        if not self._store.is_shared:
            return [own]
        keys = join(self._store, settings.key, settings.key_name, own, is_given=settings.has_own_credentials)
        if not settings.has_own_credentials:
            DataDirectory(settings.data_dir).adopt_credentials(Credentials(keys[0].id, keys[0].secret))
        return keys

    def _control_settings(self, data: DataDirectory) -> ControlSettings:
        settings = self._settings
        return ControlSettings(
            account=settings.account,
            suffix=settings.suffix,
            port=settings.api_port,
            public_url=settings.public_url,
            quotas_enforced=settings.quotas_enforced,
            vpc_links=frozenset(settings.vpc_links),
            codes=self._codes,
            secrets=self._secrets,
            sessions=self._sessions,
            issuers=self._issuers,
            function_logs=data.function_logs,
            gateway_logs=data.logs,
            pools=PoolTools(settings.key, data.outbox),
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
        pools_app = self._pools_app()
        pools = pools_server(pools_app, self._settings.drain_timeout)
        self._cluster.start(pools_app)
        serving_pools = loop.create_task(pools.serve(sockets=[listen_privately(self._settings.pools_socket)]))
        server = self._admin_server()
        serving = loop.create_task(server.serve(sockets=[socket.socket(fileno=self._settings.admin_fd)]))
        announcing = loop.create_task(self._announce())
        watching = loop.create_task(self._watch()) if self._settings.watch and self._files else None
        await self._lifetime.wait_ended(serving, serving_pools)
        for task in (announcing, watching):
            if task is not None:
                task.cancel()
        await asyncio.gather(server.wait_answered(serving), pools.wait_answered(serving_pools))
        await self._stop_parts()
        return 0

    async def _start_parts(self) -> None:
        self._store.watch()
        await self._profile_watch.start()
        await self._publisher.start(Path(self._settings.control_socket))
        await self._functions.start(Path(self._settings.functions_control_socket))
        for sweeper in self._sweepers:
            sweeper.start()

    async def _stop_parts(self) -> None:
        for part in (
            self._profile_watch,
            self._cluster,
            self._publisher,
            self._functions,
            *self._sweepers,
            self._issuers,
        ):
            await part.stop()
        self._asides.close()
        self._operations.shutdown(wait=True)
        self._store.close()
        if self._audit_files is not None:
            self._audit_files.close()

    # --- files

    async def _deploy_files(self) -> bool:
        """False where a file is refused at the first start: the command ends. Later what was served before stays."""
        for path in self._files:
            try:
                deployed = await self._in_operations(partial(self._deploy, path))
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

    def _deploy(self, path: Path) -> Deployed:
        settings = self._settings
        options = FileOptions(settings.api_type, settings.stage, settings.allow_stored, settings.region)
        if is_template_file(path):
            return deploy_template(self._store, self._control, path, options, settings.parameters)
        return deploy_file(self._store, self._control, path, options)

    async def _watch(self) -> None:
        async def deploy(path: Path) -> Deployed:
            deployed = await self._in_operations(partial(self._deploy, path))
            await self._wait_applied()
            return deployed

        await redeploy_saved(self._files, deploy, partial(print, flush=True), self._lifetime.stopping)

    async def _announce(self) -> None:
        """Says `ready: URL` for each API when every worker serves it."""
        workers = self._settings.workers
        while not await self._publisher.wait_applied(self._publisher.revision, workers, timeout=WORKERS_START_TIMEOUT):
            log.error("not every worker serves after %g s; waiting on", WORKERS_START_TIMEOUT)
        self._cluster.register()
        os.write(self._settings.ready_fd, b"ready\n")
        if self._settings.is_first:
            for line in await asyncio.to_thread(ready_lines, self._store, self._endpoints, self._publisher.first_api):
                print(line)  # noqa: T201
            print(f"admin: https://localhost:{self._settings.admin_port}", flush=True)  # noqa: T201
        gc.collect()
        gc.freeze()

    # --- AWS APIs

    def _pools_app(self) -> OAuthApp:
        """What workers forward to of the port of APIs: user pools, for everybody."""
        runner = Runner(self._store, self._control, self._asides)
        return OAuthApp(runner.run, PublicPools(self._aws), self._settings.suffix)

    def _admin_server(self) -> Server:
        aws = self._aws
        stacks = StackRequests(self._store, self._control, self._in_operations, self._wait_applied)
        questions = Questions(aws, self._recorder, self._settings.account)
        tokens = TokenRequests(self._store, self._control, self._in_operations)
        pool_urls = PoolUrls(self._store, self._control, self._in_operations)
        admin = Admin(
            self._store,
            self._publisher,
            self._cluster,
            questions,
            self._endpoints,
            metrics_token=DataDirectory.open(self._settings.data_dir).metrics_token(),
            workers=self._settings.workers,
            codes=self._codes,
            routes=[*stacks.routes(questions), *tokens.routes(questions), *pool_urls.routes(questions)],
        )
        app = RebindingGuard(admin.app(aws), own_names(self._settings))
        return admin_server(app, self._settings.certificate, self._settings.drain_timeout)

    def _credentials(self) -> IamCredentials:
        """The admin credentials, which are those of the account itself, and all that IAM has."""
        return IamCredentials(self._store, self._administrator, self._secrets, self._sessions)

    def _invoke_and_publish(self) -> Callable[[AwsCall], Awaitable[dict[str, Any] | Answer]]:
        async def invoke_and_publish(call: AwsCall) -> dict[str, Any] | Answer:
            """A change is answered when the workers serve it, so that the caller's next request meets it."""
            self._control.last_used.note(call.access_key_id, call.service, call.region)
            answer = await self._asides.invoke(call)
            if isinstance(answer, HostRequest):
                return await self._host.send(answer)
            if concerns_workers(call):
                await self._wait_applied()
            if isinstance(answer, Later):
                return await self._wait_for(answer)
            assert isinstance(answer, dict)
            return answer

        return invoke_and_publish

    async def _wait_applied(self) -> None:
        revision = self._publisher.revision
        await asyncio.gather(
            self._publisher.wait_applied(revision),
            self._functions.wait_applied(revision),
            self._cluster.wait_applied(revision),
        )

    async def _wait_for(self, later: Later) -> dict[str, Any]:
        try:
            return later.answer(await self._cluster.run_trial(later.trial))
        except TrialError as error:
            raise bad_request(f"The test could not be run: {error}") from None

    async def _in_operations(self, function: Callable[[], T]) -> T:
        """One thread for all operations: the store has one writer, and reads are short."""
        return await asyncio.get_running_loop().run_in_executor(self._operations, function)


if __name__ == "__main__":
    main()
