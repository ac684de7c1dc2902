"""What outlives plans: the objects of a worker that plans are compiled with."""

import ssl
import time
from collections.abc import Mapping
from pathlib import Path

from limen.budget import Budget
from limen.clock import Clock
from limen.features.access_logs.writer import AccessLogs
from limen.features.authorizers.iam_acting import SignedCallers
from limen.features.authorizers.jwks_fetch import LIMITS, MOST_HELD, Fetcher
from limen.features.authorizers.jwks_issuers import Issuers
from limen.features.authorizers.tools import AuthorizerTools
from limen.features.caching.caches import DEFAULT_MEMORY, Caches
from limen.features.domain_names.domains import DomainNames
from limen.features.explain.watch import Watches
from limen.features.metrics.counting import Metrics, compile_metrics
from limen.features.throttling.compile import LimitTools
from limen.features.throttling.leases import Leasing
from limen.features.usage_plans.table import UsagePlans
from limen.features.vpc_links import VpcLinks
from limen.gateway.table import Table
from limen.integrations.authorizer_functions.asking import LambdaAuthorizers
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.integrations.user_pools import compile_user_pools
from limen.upstream.client import Upstream
from limen.upstream.tls import client_context

POOLS_IN_METRICS = "_auth"
"""What stands for an API where requests to user pools are counted."""


class WorkerState:
    """Made once per worker; `dry` makes one for plans that are only looked at."""

    def __init__(
        self,
        *,
        upstream: Upstream,
        private_addresses: VpcLinks,
        table: Table,
        metrics: Metrics,
        access_logs: AccessLogs,
        services: ServiceEndpoints | None = None,
        functions: FunctionBackends | None = None,
        issuers: Issuers | None = None,
        authority: str = "",
        watches: Watches | None = None,
        limits: LimitTools | None = None,
        caches: Caches | None = None,
    ) -> None:
        self.upstream = upstream
        self.private_addresses = private_addresses
        self.table = table
        self.domain_names = DomainNames(table, time.time)
        self.metrics = metrics
        self.access_logs = access_logs
        self.services = services or ServiceEndpoints(upstream)
        self.services.callers = SignedCallers()
        self.functions = functions or FunctionBackends(self.services)
        self.authorizers = AuthorizerTools(
            LambdaAuthorizers(upstream, self.functions), issuers=issuers, authority=authority
        )
        self.watches = Watches() if watches is None else watches
        self.limits = limits or LimitTools(Leasing(None))
        self.usage_plans = UsagePlans(self.limits.leasing)
        self.caches = Caches(upstream.clock) if caches is None else caches

    @classmethod
    def for_worker(
        cls,
        *,
        clock: Clock,
        budget: Budget,
        suffix: str,
        public_host: str = "",
        log_directory: Path | None,
        vpc_links: Mapping[str, str],
        admin_port: int,
        extra_ca: str | None,
        profile: str | None = None,
        endpoint_url: str | None = None,
        endpoints: Mapping[str, str] | None = None,
        functions_socket: str = "",
        pools_socket: str = "",
        function_targets: Mapping[str, str] | None = None,
        explain: int = 0,
        api_port: int = 443,
        limits: LimitTools | None = None,
        cache_memory: int = DEFAULT_MEMORY,
    ) -> "WorkerState":
        """`log_directory` None writes access logs to standard output; no backend may be on `admin_port`.

        `functions_socket`: of the functions host; `function_targets`: who else runs functions, by pattern of ARN;
        `pools_socket`: of the control process, which answers for user pools.

        `explain`: requests of each stage that are kept for whoever asks; `cache_memory`: bytes of kept responses;
        `limits`: how tokens are leased and usage is counted.
        """
        context, forbidden = client_context(extra_ca), frozenset({admin_port})
        upstream = Upstream(clock, budget, context=context, forbidden_ports=forbidden)
        services = ServiceEndpoints(upstream, profile=profile, endpoint_url=endpoint_url, endpoints=endpoints)
        metrics = Metrics()
        return cls(
            upstream=upstream,
            services=services,
            functions=FunctionBackends(services, socket=functions_socket, targets=function_targets),
            private_addresses=VpcLinks(vpc_links),
            table=_with_pools(Table(suffix, public_host), upstream, metrics, pools_socket),
            metrics=metrics,
            access_logs=AccessLogs(log_directory),
            issuers=_make_issuers(clock, context, forbidden),
            authority=suffix if api_port == 443 else f"{suffix}:{api_port}",
            watches=Watches(explain),
            limits=limits,
            caches=Caches(clock, cache_memory),
        )

    @classmethod
    def dry(cls) -> "WorkerState":
        """For the control side, which compiles to see whether it can: nothing is opened."""
        # A context of no authorities: reading those of the system takes longer than compiling an API.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return cls(
            upstream=Upstream(Clock(), Budget(0), context=context),
            private_addresses=VpcLinks({}),
            table=Table("localhost"),
            metrics=Metrics(),
            access_logs=AccessLogs(None),
        )

    async def close(self) -> None:
        await self.limits.close()
        await self.caches.close()
        await self.authorizers.close()
        await self.services.close()
        await self.upstream.close()
        self.access_logs.close()


def _make_issuers(clock: Clock, context: ssl.SSLContext, forbidden: frozenset[int]) -> Issuers:
    asking = Upstream(clock, Budget(MOST_HELD), limits=LIMITS, context=context, forbidden_ports=forbidden)
    return Issuers(Fetcher(asking))


def _with_pools(table: Table, upstream: Upstream, metrics: Metrics, pools_socket: str) -> Table:
    if pools_socket:
        counting = compile_metrics(metrics.series(POOLS_IN_METRICS, "", ""))
        table.put_pools(compile_user_pools(upstream, pools_socket, (counting,)))
    return table
