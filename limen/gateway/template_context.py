"""`$context` as mapping templates see it: the variables of rest_context, and the overrides that templates write.

What an authorizer found out has names of its own choosing, so that `$context.authorizer` is no branch of fixed names.
"""

from collections.abc import Callable
from typing import Any

from limen.gateway.caller_view import AUTHORIZER_VARIABLES, find_claim
from limen.gateway.caller_view import find_property as find_authorizer_property
from limen.gateway.exchange import Exchange
from limen.gateway.rest_context import REST_VARIABLES, overrides_of
from limen.templates.run import find_property
from limen.templates.values import LazyMap


def context_map(exchange: Exchange) -> LazyMap:
    """`$context` as a mapping template sees it: asked for by name, a branch of names is a map of its own."""
    context = _Context(exchange, _TREE)
    return LazyMap(context.find, context.find_member)


class _Context:
    """One level of names; what lies below it is made once, as templates ask for `$context.identity` again and again."""

    __slots__ = ("_branches", "_exchange", "_names")

    def __init__(self, exchange: Exchange, names: dict[str, Any]) -> None:
        self._exchange = exchange
        self._names = names
        self._branches: dict[str, LazyMap] = {}

    def find(self, name: str) -> Any:
        found = self._names.get(name)
        if found is None:
            return None
        if type(found) is not dict:
            return found(self._exchange)
        branch = self._branches.get(name)
        if branch is None:
            branch = self._branches[name] = LazyMap(_Context(self._exchange, found).find)
        return branch

    def find_member(self, name: str, member: str) -> Any:
        """`$context.identity.sourceIp`, without a map for what stands between."""
        branch = self._names.get(name)
        if type(branch) is dict:
            read = branch.get(member)
            if read is not None and type(read) is not dict:
                return read(self._exchange)
        return find_property(self.find(name), member)


def _request_override(exchange: Exchange) -> dict[str, Any]:
    return overrides_of(exchange).request


def _response_override(exchange: Exchange) -> dict[str, Any]:
    return overrides_of(exchange).response


def _authorizer(exchange: Exchange) -> LazyMap:
    def find(name: str) -> Any:
        read = AUTHORIZER_VARIABLES.get(name)
        if read is not None:
            return read(exchange)
        if name == "claims":
            caller = exchange.caller
            return None if caller is None or caller.claims is None else claims
        return find_authorizer_property(exchange, name)

    claims = LazyMap(lambda name: find_claim(exchange, name))
    return LazyMap(find)


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
    {name: variable.read for name, variable in REST_VARIABLES.items() if not name.startswith("authorizer.")}
    | {"authorizer": _authorizer, "requestOverride": _request_override, "responseOverride": _response_override}
)
