"""From a request to what answers it: host to API, first segment to stage, method and path to route.

On an API's own host a named stage is the first segment of the path, `$default` is not written. On a custom domain name
its mappings and rules say which stage. Any other host is bare and stands for the first API; there alone,
`/_api/{api}/{stage}/...` reaches every API, with `$default` written out, and `/_auth/{pool}/...` user pools, which have
hosts of their own too.
"""

from collections.abc import Collection
from random import random

from limen.gateway.domains import Destination, Domain
from limen.gateway.errors import FORBIDDEN, NOT_FOUND
from limen.gateway.exchange import Exchange
from limen.gateway.failures import failure_plan
from limen.gateway.paths import DEFAULT, PathError, decode_segments
from limen.gateway.pool_hosts import AWS_SUFFIX, find_pool_host, name_of_host
from limen.gateway.rest_failures import FORBIDDEN_PLAN
from limen.gateway.route_plan import RoutePlan
from limen.gateway.run import run
from limen.gateway.stage_plan import StagePlan
from limen.wire import LONGEST_KEPT, find_header

KNOWN_HOSTS = 4096
"""How many spellings of the Host header are remembered; a client that sends ever new ones costs a parse each."""

_DEFAULT = DEFAULT.encode()
_RESERVED = frozenset({b"_portal", b"_limen"})
_OVERRIDING = frozenset({b"GET", b"PUT", b"POST", b"DELETE", b"PATCH", b"OPTIONS"})


class _Api:
    """An API as its hosts see it; `nowhere` answers where it has no stage for a request."""

    __slots__ = ("default", "domain", "exists", "nowhere", "region", "stages")

    def __init__(self, region: str, nowhere: RoutePlan) -> None:
        self.region = region
        self.exists = False
        """It stays when its last stage goes."""
        self.nowhere = nowhere
        self.domain: Domain | None = None
        """Of a host that is a custom domain name, which is no API: it says which one is asked."""
        self.default: StagePlan | None = None
        self.stages: dict[bytes, StagePlan] = {}


_nowhere = failure_plan(NOT_FOUND)
_forbidden = failure_plan(FORBIDDEN)
_BARE = _Api("", _nowhere)
_UNKNOWN = _Api("", _forbidden)


class Table:
    """Owned by a worker; changed between requests by whoever follows the configuration."""

    def __init__(self, suffix: str, public_host: str = "") -> None:
        self.first_api: str | None = None
        """The id of the API that the bare host stands for."""
        self._suffixes = (suffix.lower(), AWS_SUFFIX)
        self._always_bare = (suffix.lower(), public_host.lower())
        """User pools have their pages there, which nobody else may show."""
        self._pools = _Api("", _nowhere)
        """User pools, as an API without stages: whatever is asked of their hosts, one plan answers."""
        self._apis: dict[str, _Api] = {}
        self._domains: dict[str, _Api] = {}
        """By name in lower case; `*.example.com` stands for one label."""
        self._hosts: dict[bytes, _Api] = {}

    # --- a request

    def dispatch(self, exchange: Exchange) -> None:
        """Runs the plan that answers; returns when the exchange has ended or waits."""
        api = self._hosts.get(exchange.host)
        if api is None:
            api = self._learn_host(exchange.host)
        if api.domain is not None:
            self._dispatch_on_domain(exchange, api.domain)
            return
        path = exchange.path
        if api is _BARE:
            if path.startswith(b"/_") and self._dispatch_reserved(exchange):
                return
            api = self._first()
        if api.stages:
            end = path.find(b"/", 1)
            first = path[1:] if end < 0 else path[1:end]
            stage = api.stages.get(first)
            if stage is None and (not first or first.find(b"%") >= 0):
                stage, end = _find_odd(api, path)
            if stage is not None:
                _dispatch_in(stage, exchange, b"/" if end < 0 else path[end:])
                return
        if api.default is not None:
            _dispatch_in(api.default, exchange, path)
        else:
            run(exchange, api.nowhere)

    def _dispatch_on_domain(self, exchange: Exchange, domain: Domain) -> None:
        destination = domain.find(exchange)
        stage = None if destination is None else self._find_stage(exchange, destination)
        match = exchange.domain
        if stage is None or match is None:
            run(exchange, FORBIDDEN_PLAN)
        elif match.problem:
            exchange.stage = stage
            exchange.path_parameters = {}
            run(exchange, FORBIDDEN_PLAN if stage.untrusted is None else stage.untrusted)
        else:
            _dispatch_in(stage, exchange, exchange.route_path)

    def _find_stage(self, exchange: Exchange, destination: Destination) -> StagePlan | None:
        """As of now: a stage may come, change and go while mappings to it stay."""
        api = self._apis.get(destination.api_id)
        if api is None:
            return None
        name = destination.stage_name
        if name == _DEFAULT:
            return api.default
        if name:
            return api.stages.get(name)
        path = exchange.route_path
        stage, end = _find_odd(api, path)
        exchange.route_path = b"/" if end < 0 else path[end:]
        return stage

    def _dispatch_reserved(self, exchange: Exchange) -> bool:
        """Answers paths that Limen keeps for itself on bare hosts; False where this is none of them."""
        head, _, rest = exchange.path[1:].partition(b"/")
        if head == b"_api":
            api_id, _, rest = rest.partition(b"/")
            stage_name, slash, below = rest.partition(b"/")
            self._dispatch_by_name(exchange, api_id, stage_name, slash + below or b"/")
        elif head == b"_auth":
            run(exchange, self._pools.nowhere)
        elif head in _RESERVED:
            run(exchange, _nowhere)
        else:
            return False
        return True

    def _dispatch_by_name(self, exchange: Exchange, api_id: bytes, stage_name: bytes, route_path: bytes) -> None:
        api = self._apis.get(api_id.decode("latin-1"))
        if api is None:
            run(exchange, _forbidden)
            return
        is_default = stage_name in (b"$default", b"%24default")
        stage = api.default if is_default else api.stages.get(stage_name) or _find_odd(api, b"/" + stage_name)[0]
        if stage is None:
            run(exchange, api.nowhere)
            return
        exchange.path = route_path if is_default else exchange.path[len(b"/_api/") + len(api_id) :]
        _dispatch_in(stage, exchange, route_path)

    def _first(self) -> _Api:
        return _UNKNOWN if self.first_api is None else self._apis.get(self.first_api, _UNKNOWN)

    def _learn_host(self, host: bytes) -> _Api:
        api = self._find_host(host)
        if len(host) <= LONGEST_KEPT:
            if len(self._hosts) >= KNOWN_HOSTS:
                self._hosts.clear()
            self._hosts[host] = api
        return api

    def _find_host(self, host: bytes) -> _Api:
        name = name_of_host(host)
        if find_pool_host(name, self._suffixes[0]) is not None:
            return self._pools
        api_id, _, rest = name.partition(".execute-api.")
        region, _, suffix = rest.partition(".")
        if suffix not in self._suffixes:
            return self._find_domain(name)
        if "." in api_id:
            return _BARE
        api = self._apis.get(api_id)
        return api if api is not None and api.region == region else _UNKNOWN

    def _find_domain(self, name: str) -> _Api:
        """The domain name itself, else a wildcard of exactly one label."""
        if name in self._always_bare:
            return _BARE
        found = self._domains.get(name)
        if found is None:
            label, _, parent = name.partition(".")
            found = self._domains.get(f"*.{parent}") if label else None
        return _BARE if found is None else found

    # --- changes

    def put_pools(self, plan: RoutePlan) -> None:
        """What answers for user pools, wherever they are; without it they are not found."""
        self._pools.nowhere = plan

    def put_api(self, api_id: str, region: str, *, is_rest: bool = False) -> None:
        """Adds an API: where it has no stage, an HTTP API finds nothing, a REST API forbids."""
        api = self._find_or_add(api_id, region)
        api.exists = True
        api.nowhere = FORBIDDEN_PLAN if is_rest else _nowhere

    def remove_api(self, api_id: str) -> None:
        """Takes an API out with its stages; nothing happens where it is not in."""
        if self._apis.pop(api_id, None) is not None:
            self._hosts.clear()

    def keep_apis(self, kept: Collection[str]) -> None:
        """Takes out every API that is not among these ids."""
        for api_id in [api_id for api_id in self._apis if api_id not in kept]:
            self.remove_api(api_id)

    def put_domain(self, name: str, domain: Domain) -> None:
        """Adds a custom domain name, or replaces the one of that name; hosts that are Limen's own are never one."""
        name = name.lower().rstrip(".")
        held = self._domains.get(name)
        if held is None:
            held = self._domains[name] = _Api("", FORBIDDEN_PLAN)
            self._hosts.clear()
        held.domain = domain

    def remove_domain(self, name: str) -> None:
        """Takes a custom domain name out; nothing happens where it is not in."""
        if self._domains.pop(name.lower().rstrip("."), None) is not None:
            self._hosts.clear()

    def put(self, stage: StagePlan) -> None:
        """Adds a stage, or replaces the one of that name; requests that have begun keep theirs."""
        api = self._find_or_add(stage.api_id, stage.region)
        if stage.name == DEFAULT:
            api.default = stage
        else:
            api.stages[stage.name.encode()] = stage

    def remove(self, api_id: str, stage_name: str) -> None:
        """Takes a stage out; nothing happens where it is not in."""
        api = self._apis.get(api_id)
        if api is None:
            return
        if stage_name == DEFAULT:
            api.default = None
        else:
            api.stages.pop(stage_name.encode(), None)
        if api.default is None and not api.stages and not api.exists:
            self.remove_api(api_id)

    def _find_or_add(self, api_id: str, region: str) -> _Api:
        api = self._apis.get(api_id)
        if api is None:
            api = self._apis[api_id] = _Api(region, _nowhere)
            self._hosts.clear()
        return api


def _dispatch_in(stage: StagePlan, exchange: Exchange, route_path: bytes) -> None:
    canary = stage.canary
    if canary is not None and random() < stage.canary_share:  # noqa: S311
        stage = canary
    exchange.stage = stage
    exchange.route_path = route_path
    if stage.obeys_method_override:
        _override_method(exchange)
    try:
        found = stage.paths.match(exchange.method, route_path)
    except PathError:
        found = stage.bad_request, {}
    if stage.disabled is not None and exchange.domain is None:
        found = stage.disabled, {}
    elif exchange.head_size > stage.most_head:
        found = stage.headers_too_large, {}
    elif exchange.is_too_large:
        found = stage.body_too_large, {}
    elif found is None:
        found = stage.preflight if exchange.method == b"OPTIONS" else stage.not_found, {}
    plan, exchange.path_parameters = found
    if plan.by_verb is not None:
        plan = plan.by_verb.get(exchange.method, plan)
    run(exchange, plan)


def _override_method(exchange: Exchange) -> None:
    """Neither from nor to HEAD, which frames a response otherwise."""
    wanted = find_header(exchange.headers, b"x-http-method-override")
    if wanted is not None and wanted in _OVERRIDING and exchange.method != b"HEAD":
        exchange.method = wanted


def _find_odd(api: _Api, path: bytes) -> tuple[StagePlan | None, int]:
    """A stage whose name is encoded (`/%70rod` is `/prod`) or comes behind more than one slash; where it ends."""
    start = len(path) - len(path.lstrip(b"/"))
    end = path.find(b"/", start)
    try:
        name = decode_segments(path[start:] if end < 0 else path[start:end])[0]
    except PathError:
        return None, end
    return api.stages.get(name), end
