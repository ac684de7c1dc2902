"""What the control process of a node is told of itself and of where it keeps what."""

from pathlib import Path

from msgspec import Struct

from limen.aws.credentials import AccessKey
from limen.control.overview import Endpoints


class ClusterSettings(Struct, frozen=True, kw_only=True):
    """What a node is to the others."""

    node_id: str
    role: str
    address: str
    """host:port by which they reach it."""
    fd: int
    """The socket that it listens on; -1 where it has none."""
    directory: Path
    """For what it shows to others."""
    key: bytes
    drain_timeout: float

    def __repr__(self) -> str:
        return f"ClusterSettings(node_id={self.node_id!r}, role={self.role!r})"


class FollowingSettings(Struct, frozen=True, kw_only=True):
    """What a following control process is told."""

    store_url: str
    key: bytes
    key_name: str
    access_key: AccessKey
    has_own_credentials: bool
    cluster: ClusterSettings
    account: str
    endpoints: Endpoints
    admin_fd: int
    admin_port: int
    ready_fd: int
    control_socket: Path
    functions_control_socket: Path
    pools_socket: Path
    certificate: str
    metrics_token: str
    names: tuple[str, ...]
    """What the admin port may be called by."""
    aws_profile: str | None
    workers: int
    drain_timeout: float
    is_first: bool
    data: Path
    """The data directory, which the next three are in."""
    snapshots: Path
    functions: Path
    function_logs: Path

    def __repr__(self) -> str:
        return f"FollowingSettings(cluster={self.cluster!r})"
