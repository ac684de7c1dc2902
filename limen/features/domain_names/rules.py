"""Routing rules: the first, by priority, whose conditions a request meets says which stage answers.

Developer guide, "Routing rules to connect API stages to a custom domain name for REST APIs".
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from limen.features.domain_names.records import RuleRecord
from limen.features.domain_names.selection import BasePaths, below
from limen.gateway.domains import Destination
from limen.gateway.exchange import Exchange
from limen.gateway.pool_hosts import name_of_host
from limen.wire import find_headers

Matches: TypeAlias = Callable[[bytes], bool]


class Rule:
    """One of a domain name."""

    __slots__ = ("base_path", "conditions", "destination", "id", "strips_base_path")

    def __init__(self, record: RuleRecord) -> None:
        self.id = record.id
        self.base_path = None if record.base_path is None else record.base_path.strip("/")
        self.conditions = tuple((each.name.lower().encode(), compile_glob(each.glob)) for each in record.headers)
        self.destination = Destination(record.api_id, record.stage)
        self.strips_base_path = record.strips_base_path


class Rules:
    """Those of one domain name, at most fifty: a path is walked once, then each is one comparison or a few."""

    __slots__ = ("_base_paths", "_rules")

    def __init__(self, records: Iterable[RuleRecord]) -> None:
        self._rules = [Rule(record) for record in sorted(records, key=lambda record: record.priority)]
        self._base_paths: BasePaths[str] = BasePaths()
        for rule in self._rules:
            if rule.base_path is not None:
                self._base_paths.put(rule.base_path, rule.base_path)

    def find(self, exchange: Exchange) -> tuple[Rule, bytes] | None:
        """The rule and the route path."""
        path = exchange.path
        starts = dict(self._base_paths.find_all(path))
        for rule in self._rules:
            start = 0 if rule.base_path is None else starts.get(rule.base_path)
            if start is not None and _meets(exchange, rule.conditions):
                return rule, below(path, start) if rule.strips_base_path else path
        return None


def compile_glob(glob: str) -> Matches:
    """`*` at the start, at the end or at both stands for anything; anywhere else it is itself. Case counts."""
    wanted = glob.encode()
    opens, closes = wanted.startswith(b"*"), wanted.endswith(b"*")
    text = wanted.removeprefix(b"*").removesuffix(b"*")
    if opens and closes:
        return lambda value: text in value
    if opens:
        return lambda value: value.endswith(text)
    if closes:
        return lambda value: value.startswith(text)
    return lambda value: value == wanted


def _meets(exchange: Exchange, conditions: Sequence[tuple[bytes, Matches]]) -> bool:
    return all(any(map(matches, _values(exchange, name))) for name, matches in conditions)


def _values(exchange: Exchange, name: bytes) -> list[bytes]:
    """Of repeated headers each is one value, a list in one header is one too."""
    if name == b"host":
        # HTTP/2 has it in :authority. Ports are rarely 443 here, where AWS's always are: a rule need not name them.
        return [exchange.host, name_of_host(exchange.host).encode("latin-1")]
    return find_headers(exchange.headers, name)
