"""What the ports of the control process share with the rest of it; light, unlike what answers on them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from limen.aws.identities import IdentityRecord
from limen.control.call import ControlSettings
from limen.control.cluster.one_node import OneNode
from limen.control.functions.host_client import HostClient
from limen.control.functions.publisher import FunctionsPublisher
from limen.control.overview import Endpoints
from limen.control.publisher import Publisher
from limen.state.interface import State
from limen.store.store import Store

MOST_POOL_CONNECTIONS = 1024
"""Of all workers together; what comes beyond them is answered 503."""


class PortSettings(Struct, frozen=True, kw_only=True):
    """Of the admin port, and of the port of user pools, which workers forward to. Both listen already."""

    admin_fd: int
    certificate: Path
    """With its key."""
    own_names: tuple[str, ...]
    """What the admin port may be called."""
    pools_fd: int
    workers: int
    metrics_token: str
    audit: Path
    audit_size: int
    """Bytes of the audit log; 0: none is kept."""
    drain_timeout: float
    may_move_clock: bool
    truststores: Path
    """Where those are kept that `limen domains` uploads."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """The parts that operations work on, each owned by the control process."""

    store: Store
    control: ControlSettings
    administrator: IdentityRecord
    endpoints: Endpoints
    publisher: Publisher
    cluster: OneNode
    functions: FunctionsPublisher
    host: HostClient
    state: State
    """What workers and nodes share."""
    wake_sweeper: Callable[[], None]
    """Has what ends by the clock looked at: the clock was moved."""
    in_operations: Callable[[Callable[[], Any]], Awaitable[Any]]
    """Runs a function in the one thread of operations."""

    async def wait_applied(self) -> None:
        """Until workers of all nodes, and the functions host, serve what was committed last, or had time enough."""
        revision = self.publisher.revision
        await asyncio.gather(
            self.publisher.wait_applied(revision),
            self.functions.wait_applied(revision),
            self.cluster.wait_applied(revision),
        )
