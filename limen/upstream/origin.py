"""Where a backend is: scheme, host and port."""

from msgspec import Struct


class Origin(Struct, frozen=True, cache_hash=True):
    """Calls with equal origins share connections."""

    scheme: str
    """`http` or `https`."""
    host: str
    """A name or an address; IPv6 without brackets."""
    port: int
    server_name: str | None = None
    """The name that the certificate must carry, and that the handshake asks for, instead of `host`."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"
