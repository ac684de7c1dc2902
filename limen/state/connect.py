"""The state that a setting names: the state host of this machine, or a server elsewhere."""

from collections.abc import Callable

from limen.state.embedded_client import EmbeddedState
from limen.state.interface import State

MEMORY = "memory"


def open_state(url: str, socket: str) -> State:
    """Without I/O. `url`: as the setting `state` allows it; `socket`: of the state host."""
    scheme = url.partition(":")[0]
    return _BACKENDS[scheme](url, socket)


_BACKENDS: dict[str, Callable[[str, str], State]] = {
    MEMORY: lambda url, socket: EmbeddedState(socket),
}
"""By the scheme of the URL."""
