"""The state that a setting names: the state host of this machine, or a server elsewhere."""

from collections.abc import Callable

from limen.state.embedded_client import EmbeddedState
from limen.state.interface import State
from limen.state.messages import LEDGER_DAYS

MEMORY = "memory"


def open_state(url: str, socket: str, *, has_development_clock: bool = False, ledger_days: int = LEDGER_DAYS) -> State:
    """Without I/O. `url`: as the setting `state` allows it; `socket`: of the state host.

    `has_development_clock`: whether its clock may be moved; where it may not, nobody asks how far it was.
    `ledger_days`: for so long a server elsewhere keeps the ledger; the state host is told by its own settings.
    """
    scheme = url.partition(":")[0]
    return _BACKENDS[scheme](url, socket, has_development_clock, ledger_days)


def _open_valkey(url: str, _socket: str, has_development_clock: bool, ledger_days: int) -> State:
    from limen.state.valkey.state import ValkeyState  # hiredis may not be installed where it is not used
    from limen.state.valkey.url import parse_url

    return ValkeyState(parse_url(url), has_development_clock=has_development_clock, ledger_days=ledger_days)


_BACKENDS: dict[str, Callable[[str, str, bool, int], State]] = {
    MEMORY: lambda url, socket, *_: EmbeddedState(socket),
    **{
        f"{scheme}{kind}": _open_valkey
        for scheme in ("valkey", "valkeys", "redis", "rediss")
        for kind in ("", "+sentinel")
    },
}
"""By the scheme of the URL."""
