"""A gateway process: accepts connections, runs plans, follows what the control process announces.

It owns what outlives plans: the table, pools, budgets, counters, log writers.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import uvloop

from limen.aws.sealing import Seal
from limen.budget import Budget
from limen.clock import Clock
from limen.downstream.limits import Limits
from limen.downstream.listener import Listener
from limen.downstream.server_contexts import ServerContexts, ServerName
from limen.downstream.tls import quiet_handshake_errors, server_context
from limen.downstream.trusted_proxies import TrustedProxies
from limen.features.caching.shared import SEAL_PURPOSE
from limen.features.domain_names.records import DomainRecord
from limen.features.throttling.compile import open_limits
from limen.features.throttling.settings import LimitDefaults
from limen.frames import frame
from limen.gateway.errors import PlanError
from limen.open_files import most_connections
from limen.plan.authorizer_trial import run_authorizer_trial
from limen.plan.channel import (
    Applied,
    Collect,
    Explain,
    Explained,
    Figures,
    Hello,
    Look,
    MoveClock,
    ProfileKey,
    StateSeen,
    Tried,
    Try,
    Updates,
    read_as_worker,
)
from limen.plan.follow import Follower, in_slices
from limen.plan.local_pools import LocalPools
from limen.plan.state import WorkerState
from limen.plan.trial import AuthorizerTrial
from limen.plan.trial_run import run_trial
from limen.process_log import log_to_stderr
from limen.process_settings import LimitSettings, WorkerSettings, read_process_settings
from limen.state.connect import open_state
from limen.tasks import Tasks

log = logging.getLogger("limen.worker")

RETRY_CONTROL = 0.2
"""Seconds between two tries to reach the control process, which may be starting anew."""
RETRY_AT_START = 0.01
"""The same while nothing is served yet: that is what the first client waits for."""


def main() -> None:
    """Run by the supervisor (limen.processes)."""
    log_to_stderr("worker")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = read_process_settings(WorkerSettings)
    uvloop.run(Worker(settings).serve())


class Worker:
    """One process, one loop, one core."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._stopping = asyncio.Event()
        self._serving = False
        self._tasks = Tasks()
        self._clock = Clock()
        self._contexts = ServerContexts(Path(settings.certificate))
        # A sixteenth is for the buffers of the connections that bodies come over.
        self._budget = Budget(settings.max_buffered * 15 // 16)

    async def serve(self) -> None:
        settings = self._settings
        listening = socket.socket(fileno=settings.listening_fd)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopping.set)
        self._stop_when_orphaned(loop)
        quiet_handshake_errors(loop)
        self._clock.start()
        self._shared = open_state(
            settings.state_url,
            settings.state_socket,
            has_development_clock=settings.dev_clock,
            ledger_days=settings.ledger_days,
        )
        self._state = self._make_state(listening.getsockname()[1])
        self._state.limits.start(is_elsewhere=self._shared.shares_caches)
        self._state.caches.share(self._shared)
        self._follower = Follower(self._state)
        self._pools = LocalPools(self._state.authorizers.issuers)
        self._listener = Listener(
            listening,
            server_context(Path(settings.certificate)),
            self._state.table.dispatch,
            self._clock,
            self._budget,
            Limits(connections=most_connections(Limits().connections)),
            self._contexts.find,
            proxies=TrustedProxies(settings.trusted_proxies),
            takes_proxy_protocol=settings.takes_proxy_protocol,
        )
        following = loop.create_task(self._follow(), name="follow")
        await self._stopping.wait()
        if self._serving:
            await self._listener.drain(settings.drain_timeout)
        following.cancel()
        await self._tasks.cancel_all()
        await self._state.close()
        await self._shared.close()
        self._clock.stop()

    def _make_state(self, api_port: int) -> WorkerState:
        settings = self._settings
        return WorkerState.for_worker(
            clock=self._clock,
            budget=self._budget,
            suffix=settings.suffix,
            public_host=settings.public_host,
            log_directory=None if settings.access_log_to_stdout else Path(settings.log_directory),
            vpc_links=settings.vpc_links,
            admin_port=settings.admin_port,
            extra_ca=settings.upstream_ca,
            profile=settings.aws.profile,
            endpoint_url=settings.aws.endpoint_url,
            endpoints=settings.aws.endpoints,
            functions_socket=settings.functions_socket,
            pools_socket=settings.pools_socket,
            function_targets=settings.functions.targets,
            explain=settings.explain,
            api_port=api_port,
            limits=open_limits(self._shared, Path(settings.usage_directory), _limit_defaults(settings.limits)),
            cache_memory=settings.cache_memory,
        )

    def _stop_when_orphaned(self, loop: asyncio.AbstractEventLoop) -> None:
        """The supervisor holds the other end of standard input: its end means that nobody looks after this process."""
        loop.add_reader(sys.stdin.fileno(), self._orphaned)

    def _orphaned(self) -> None:
        if not os.read(sys.stdin.fileno(), 1024):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._stopping.set()

    async def _follow(self) -> None:
        """Follows control for ever; while it is away, the last plans stay."""
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(self._settings.control_socket)
            except OSError:
                await asyncio.sleep(RETRY_CONTROL if self._serving else RETRY_AT_START)
                continue
            try:
                await self._converse(reader, writer)
            except (OSError, EOFError):
                if not self._stopping.is_set():  # else others have taken over
                    log.warning("the control process has gone; the last plans stay in place")
            except Exception:
                log.exception("the control process is not understood; the last plans stay in place")
            finally:
                writer.close()
            await asyncio.sleep(RETRY_CONTROL)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Hello(self._settings.index, os.getpid())))
        self._state.limits.leasing.loss.tell(lambda is_away: writer.write(frame(StateSeen(is_away))))
        while True:
            message = await read_as_worker(reader)
            if isinstance(message, Updates):
                problems = await self._apply(message)
                if not self._serving:
                    await self._start_serving()
                writer.write(frame(Applied(message.revision, problems)))
            elif isinstance(message, Collect):
                counted = self._state.metrics.snapshot() | {"state": self._state.limits.leasing.loss.figures()}
                figures = Figures(message.number, self._listener.open_count, counted)
                writer.write(frame(figures))
            elif isinstance(message, ProfileKey) and self._state.services.profile is not None:
                self._state.services.profile.put(message.key, message.problem)
            elif isinstance(message, MoveClock):
                self._move_clock(message.ahead)
            elif isinstance(message, Look):
                self._state.watches.look(message.api_id, message.stage_name, message.requests)
            elif isinstance(message, Explain):
                found = self._state.watches.explain(message.request_id)
                writer.write(frame(Explained(message.number, found)))
            elif isinstance(message, Try):
                self._tasks.start(self._try(message, writer), "trial")

    def _move_clock(self, ahead: float) -> None:
        """What is kept for a time becomes older at once."""
        self._state.authorizers.answers.age(self._clock.follow(ahead))
        self._state.limits.leasing.meet()

    async def _try(self, message: Try, writer: asyncio.StreamWriter) -> None:
        try:
            trial = message.trial
            if isinstance(trial, AuthorizerTrial):
                tried = Tried(message.number, await run_authorizer_trial(trial, self._state))
            else:
                tried = Tried(message.number, await run_trial(trial, self._state))
        except PlanError as error:
            tried = Tried(message.number, None, str(error))
        writer.write(frame(tried))

    async def _apply(self, updates: Updates) -> list[str]:
        problems: list[str] = []
        table = self._state.table
        self._apply_identities(updates)
        await self._state.usage_plans.apply(updates.usage_plans, updates.pepper)
        if updates.pepper:
            self._state.caches.seal = Seal(updates.pepper, SEAL_PURPOSE)
        self._pools.apply(updates.pools, updates.gone_pools, is_all=updates.first)
        if updates.domains is not None:
            changes = updates.domains
            self._contexts.apply(
                [_server_name(each) for each in changes.domains], changes.gone, is_whole=changes.is_whole
            )
        if updates.first:
            self._follower.forget_all_but(
                {(stage.api_id, stage.stage_name, stage.is_canary) for stage in updates.stages}
            )
            table.keep_apis(updates.apis)
        for api_id, address in updates.apis.items():
            table.put_api(api_id, address.region, is_rest=address.protocol == "REST")
        for stage in updates.stages:
            try:
                await self._follower.apply(stage)
            except Exception as error:
                problems.append(f"{stage.api_id}/{stage.stage_name}: {error}")
        for api_id in updates.gone_apis:
            table.remove_api(api_id)
        table.first_api = updates.first_api
        await in_slices(self._state.domain_names.change(updates.domains))
        return problems

    def _apply_identities(self, updates: Updates) -> None:
        """Raises ConnectionError where changes were missed: a new conversation begins with all of them."""
        identities = updates.identities
        if identities is not None and not self._state.authorizers.signers.apply(identities, updates.session_key):
            raise ConnectionError("changes of who may sign were missed")

    async def _start_serving(self) -> None:
        gc.collect()
        gc.freeze()
        await self._listener.start()
        self._serving = True
        os.write(self._settings.ready_fd, b"ready\n")


def _server_name(domain: DomainRecord) -> ServerName:
    return ServerName(
        domain.name,
        domain.chain,
        domain.key,
        domain.security_policy,
        asks_for_certificate=bool(domain.truststore),
        truststore=domain.truststore,
    )


def _limit_defaults(settings: LimitSettings) -> LimitDefaults:
    account = settings.account_throttle
    return LimitDefaults(
        account=None if account is None else (account.rate, account.burst),
        is_open=settings.is_open_without_state,
        has_headers=settings.tells_rate_limits,
    )


if __name__ == "__main__":
    main()
