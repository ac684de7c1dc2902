"""The state that a setting names: the state host of this machine, or a server elsewhere."""

from collections.abc import Callable

from limen.state.embedded_client import EmbeddedState
from limen.state.interface import State

MEMORY = "memory"


def open_state(url: str, socket: str) -> State:
    """Without I/O. `url`: as the setting `state` allows it; `socket`: of the state host."""
    scheme = url.partition(":")[0]
    return _BACKENDS[scheme](url, socket)


def _open_valkey(url: str, _socket: str) -> State:
    from limen.state.valkey.state import ValkeyState  # hiredis may not be installed where it is not used
    from limen.state.valkey.url import parse_url

    return ValkeyState(parse_url(url))


_BACKENDS: dict[str, Callable[[str, str], State]] = {
    MEMORY: lambda url, socket: EmbeddedState(socket),
    **{
        f"{scheme}{kind}": _open_valkey
        for scheme in ("valkey", "valkeys", "redis", "rediss")
        for kind in ("", "+sentinel")
    },
}
"""By the scheme of the URL."""
