"""The functions that this host knows, and which version of which function a name means.

A name is looked up once: what it came to is kept until a function changes.
"""

import random
from collections.abc import Callable
from urllib.parse import parse_qs, unquote

from limen.functions.channel import PutFunctions
from limen.functions.errors import InvokeError, function_not_found, invalid_parameter
from limen.functions.function import Function
from limen.functions.names import LATEST, FunctionName, find_function_name
from limen.functions.records import AliasRecord, FunctionRecord

_MOST_ROUTES = 10_000
_PLAIN = "/2015-03-31/functions/", "/invocations"
_STREAMED = "/2021-11-15/functions/", "/response-streaming-invocations"


class Route:
    """Where a request target leads: a function under one of its names."""

    __slots__ = ("_weights", "function", "is_streamed", "name", "qualified_arn", "version")

    def __init__(self, function: Function, name: FunctionName, is_streamed: bool) -> None:
        self.function = function
        self.name = name
        self.qualified_arn = name.qualified_arn
        self.is_streamed = is_streamed
        alias = function.record.aliases.get(name.qualifier)
        self.version = alias.version if alias is not None else name.qualifier or LATEST
        self._weights = _cumulative(alias) if alias is not None else ()

    def pick_version(self) -> str:
        """Of an alias with weights another one each time."""
        if self._weights:
            drawn = random.random()  # noqa: S311
            for limit, version in self._weights:
                if drawn < limit:
                    return version
        return self.version


class Registry:
    """Owned by the host; region and account are those of bare names."""

    def __init__(self, region: str, account: str, make_function: Callable[[FunctionRecord], Function]) -> None:
        self._region = region
        self._account = account
        self._make_function = make_function
        self._functions: dict[str, Function] = {}
        self._routes: dict[bytes, Route] = {}
        self.is_known = False
        """Whether control has ever said which functions there are."""

    def apply(self, message: PutFunctions) -> None:
        """New invocations meet what the message says; those that run end as they began."""
        gone = set(message.gone)
        if message.first:
            gone |= set(self._functions) - {record.arn for record in message.functions}
        for arn in gone:
            if (function := self._functions.pop(arn, None)) is not None:
                function.remove()
        for record in message.functions:
            if (function := self._functions.get(record.arn)) is not None:
                function.update(record)
            else:
                self._functions[record.arn] = self._make_function(record)
        self._routes.clear()
        self.is_known = True

    @property
    def functions(self) -> list[Function]:
        return list(self._functions.values())

    def find(self, target: bytes) -> Route:
        """By the target of a request to the Invoke API; raises InvokeError."""
        route = self._routes.get(target)
        if route is None:
            route = self._read_target(target.decode("latin-1"))
            if len(self._routes) >= _MOST_ROUTES:
                self._routes.clear()
            self._routes[target] = route
        return route

    def find_by_name(self, text: str, qualifier: str = "", is_streamed: bool = False) -> Route:
        """Raises InvokeError."""
        name = find_function_name(text, self._region, self._account)
        if name is None:
            raise invalid_parameter(f"{text[:200]!r} is not the name or the ARN of a function")
        if qualifier and name.qualifier and qualifier != name.qualifier:
            raise invalid_parameter(
                "The derived qualifier from the function name does not match the specified qualifier."
            )
        if qualifier:
            name = FunctionName(name.region, name.account, name.name, qualifier)
        function = self._functions.get(name.arn)
        if function is None or not _has(function.record, name.qualifier):
            raise function_not_found(name.qualified_arn)
        return Route(function, name, is_streamed)

    def _read_target(self, target: str) -> Route:
        path, _, query = target.partition("?")
        for is_streamed, (before, after) in enumerate((_PLAIN, _STREAMED)):
            if path.startswith(before) and path.endswith(after):
                text = unquote(path[len(before) : -len(after)])
                return self.find_by_name(text, _read_qualifier(query), bool(is_streamed))
        raise InvokeError("UnknownOperationException", 404, "The functions host answers Invoke and no other operation")


def _read_qualifier(query: str) -> str:
    try:
        return parse_qs(query, max_num_fields=10).get("Qualifier", [""])[0]
    except ValueError:
        raise invalid_parameter("too many parameters") from None


def _has(record: FunctionRecord, qualifier: str) -> bool:
    return not qualifier or qualifier in record.versions or qualifier in record.aliases


def _cumulative(alias: AliasRecord) -> tuple[tuple[float, str], ...]:
    total = 0.0
    limits = []
    for version, weight in alias.weights.items():
        total += weight
        limits.append((total, version))
    return tuple(limits)
