"""The control process of a gateway node: has no AWS APIs and changes nothing, tells its workers what others commit.

While the database is away it tells them what was served last, from the node's disk.
"""

import asyncio
import gc
import logging
import os
import socket
from collections.abc import Callable
from functools import partial

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from limen.aws.call import AwsCall
from limen.aws.credentials import AccessKey
from limen.aws.errors import not_served
from limen.aws.identities import SESSIONS, KeyRecord, root_record
from limen.aws.sealing import Seal
from limen.aws.serialise import Answer
from limen.aws.server import AwsApi, NoRecorder
from limen.control.access.questions import Questions
from limen.control.admin import Admin, RebindingGuard
from limen.control.aws_profile import ProfileWatch
from limen.control.call import issuer_url
from limen.control.certificates.trusted import TrustedAuthorities
from limen.control.cluster.cluster import Cluster
from limen.control.cluster.joining import join
from limen.control.cluster.settings import FollowingSettings
from limen.control.cluster.snapshot_file import SNAPSHOTS, SnapshotFile
from limen.control.domains.changes import DomainsSource
from limen.control.functions.code_pruner import code_pruner
from limen.control.functions.code_store import CodeStore
from limen.control.functions.publisher import FunctionsPublisher
from limen.control.http_server import HttpServer, http_server
from limen.control.iam.credentials import IamCredentials
from limen.control.iam.identities import SECRETS
from limen.control.iam.signers import ApiSigners
from limen.control.lifetime import Lifetime
from limen.control.logs.sweeper import log_sweeper
from limen.control.private_socket import listen_privately
from limen.control.publisher import Publisher
from limen.control.surroundings import MOST_POOL_CONNECTIONS
from limen.control.usage_plans.records import UsagePlans
from limen.control.usage_plans.values import KeyValues
from limen.store.store import Store

log = logging.getLogger("limen.controller")

WORKERS_START_TIMEOUT = 30.0


class FollowingControl:
    """One process. `adopt` keeps the admin credentials that all nodes share. Raises StoreError."""

    def __init__(self, settings: FollowingSettings, adopt: Callable[[AccessKey], None]) -> None:
        self._settings = settings
        self._store = Store.open(settings.store_url, may_be_away=settings.snapshots.exists())
        self._codes = CodeStore(settings.functions, settings.access_key.secret, shared=self._store)
        secrets, sessions = Seal(settings.key, SECRETS), Seal(settings.key, SESSIONS)
        keys = [KeyRecord(key.id, key.secret) for key in self._join(adopt)]
        administrator = root_record(settings.account, keys)
        seal = Seal(settings.key, SNAPSHOTS)
        endpoints = settings.endpoints
        self._publisher = Publisher(
            self._store,
            issuer_of=partial(issuer_url, endpoints.suffix, endpoints.port),
            signers=ApiSigners(administrator, secrets, sessions),
            usage_plans=UsagePlans(KeyValues(settings.key)),
            domains=DomainsSource(secrets),
            snapshot=SnapshotFile(settings.snapshots / "plans", seal),
        )
        functions_snapshot = SnapshotFile(settings.snapshots / "functions", seal)
        self._functions = FunctionsPublisher(self._store, functions_snapshot, self._codes.fetch)
        self._cluster = Cluster(self._store, settings.cluster, self._publisher)
        self._trusted = TrustedAuthorities(self._store, settings.data)
        self._profile_watch = ProfileWatch(settings.aws_profile, self._publisher.put_profile_key)
        self._sweepers = (
            code_pruner(self._store, self._codes, asyncio.to_thread),
            log_sweeper(self._store, settings.function_logs),
        )
        self._aws = AwsApi(
            [], IamCredentials(self._store, administrator, secrets, sessions), _refuse, account=settings.account
        )
        self._lifetime = Lifetime()

    def _join(self, adopt: Callable[[AccessKey], None]) -> list[AccessKey]:
        settings = self._settings
        own = settings.access_key
        if self._store.away_since is not None:
            return [own]  # which it shares with the others, if it ever met them
        is_given = settings.has_own_credentials
        keys = join(self._store, settings.key, settings.key_name, own, is_given=is_given, controls=False)
        if not is_given:
            adopt(keys[0])
        return keys

    async def serve(self) -> int:
        """The exit code of the process."""
        settings = self._settings
        loop = asyncio.get_running_loop()
        self._lifetime.begin()
        await self._start_parts()
        pools = http_server(self._cluster.pools(), settings.drain_timeout, limit_concurrency=MOST_POOL_CONNECTIONS)
        serving_pools = loop.create_task(
            pools.serve(sockets=[listen_privately(settings.pools_socket, MOST_POOL_CONNECTIONS)])
        )
        admin = self._admin_server()
        serving = loop.create_task(admin.serve(sockets=[socket.socket(fileno=settings.admin_fd)]))
        announcing = loop.create_task(self._announce())
        await self._lifetime.wait_ended(serving, serving_pools)
        announcing.cancel()
        await asyncio.gather(admin.wait_answered(serving), pools.wait_answered(serving_pools))
        await self._stop_parts()
        return 0

    async def _start_parts(self) -> None:
        settings = self._settings
        self._store.watch()
        await self._profile_watch.start()
        await self._publisher.start(settings.control_socket)
        await self._functions.start(settings.functions_control_socket)
        self._cluster.start(None)
        self._trusted.start()
        for sweeper in self._sweepers:
            sweeper.start()

    async def _stop_parts(self) -> None:
        parts = (self._profile_watch, self._cluster, self._publisher, self._functions, self._trusted, *self._sweepers)
        for part in parts:
            await part.stop()
        self._store.close()

    async def _announce(self) -> None:
        """When every worker serves, the others reckon with this node."""
        settings = self._settings
        if self._publisher.is_from_disk:
            log.error("the database is away; serving revision %d from disk", self._publisher.revision)
        while not await self._publisher.wait_applied(
            self._publisher.revision, settings.workers, timeout=WORKERS_START_TIMEOUT
        ):
            log.error("not every worker serves after %g s; waiting on", WORKERS_START_TIMEOUT)
        self._cluster.register()
        os.write(settings.ready_fd, b"ready\n")
        if settings.is_first:
            print(f"ready: {settings.endpoints.on_bare_host('$default')} (gateway node {settings.cluster.node_id})")  # noqa: T201
            print(f"admin: https://localhost:{settings.admin_port}", flush=True)  # noqa: T201
        gc.collect()
        gc.freeze()

    def _admin_server(self) -> HttpServer:
        settings = self._settings
        admin = Admin(
            self._store,
            self._publisher,
            self._cluster,
            Questions(self._aws, NoRecorder(), settings.account),
            settings.endpoints,
            metrics_token=settings.metrics_token,
            workers=settings.workers,
            codes=self._codes,
        )
        app = RebindingGuard(admin.app(_no_aws_apis), settings.names)
        return http_server(app, settings.drain_timeout, ssl_certfile=settings.certificate)


async def _no_aws_apis(scope: Scope, receive: Receive, send: Send) -> None:
    message = "This is a gateway node: the AWS APIs are on nodes whose role is control or all"
    response = JSONResponse({"message": message}, 501, headers={"x-amzn-ErrorType": "NotImplementedException"})
    if scope["type"] == "http":
        await response(scope, receive, send)


async def _refuse(call: AwsCall) -> Answer:
    """No call gets here: no service is known."""
    raise not_served(call.operation)
