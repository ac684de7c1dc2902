"""`$context` as mapping templates see it: the variables of rest_context, and the overrides that templates write."""

from collections.abc import Callable
from typing import Any

from limen.gateway.exchange import Exchange
from limen.gateway.rest_context import REST_VARIABLES, overrides_of
from limen.templates.values import LazyMap


def context_map(exchange: Exchange) -> LazyMap:
    """`$context` as a mapping template sees it: asked for by name, a branch of names is a map of its own."""
    return _branch(exchange, _TREE)


def _branch(exchange: Exchange, names: dict[str, Any]) -> LazyMap:
    def find(name: str) -> Any:
        found = names.get(name)
        if found is None:
            return None
        return _branch(exchange, found) if isinstance(found, dict) else found(exchange)

    return LazyMap(find)


def _request_override(exchange: Exchange) -> dict[str, Any]:
    return overrides_of(exchange).request


def _response_override(exchange: Exchange) -> dict[str, Any]:
    return overrides_of(exchange).response


def _tree_of(reads: dict[str, Callable[[Exchange], Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, read in reads.items():
        *branches, leaf = name.split(".")
        node = tree
        for branch in branches:
            node = node.setdefault(branch, {})
        node[leaf] = read
    return tree


_TREE = _tree_of(
    {name: variable.read for name, variable in REST_VARIABLES.items()}
    | {"requestOverride": _request_override, "responseOverride": _response_override}
)
