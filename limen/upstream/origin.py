"""Where a backend is: scheme, host and port; and under which conditions TLS is spoken with it."""

from hashlib import sha256

from msgspec import Struct


class ClientCertificate(Struct, frozen=True, cache_hash=True):
    """What the gateway shows a backend that asks who calls: a certificate, with its chain, and its key, as PEM."""

    certificate: str
    private_key: str

    def __repr__(self) -> str:
        """A key is in no log and in no traceback."""
        return f"ClientCertificate({self.digest[:16]})"

    @property
    def digest(self) -> str:
        return sha256(f"{self.certificate}\0{self.private_key}".encode()).hexdigest()


class Origin(Struct, frozen=True, cache_hash=True):
    """Calls with equal origins share connections: whatever makes a connection another one is a field here."""

    scheme: str
    """`http`, `https`, or `unix`: HTTP over a Unix socket of this machine."""
    host: str
    """A name or an address, IPv6 without brackets; the path of a Unix socket."""
    port: int
    """0 where there is none."""
    server_name: str | None = None
    """The name that the certificate must carry, and that the handshake asks for, instead of `host`."""
    skips_verification: bool = False
    """Any authority will do, and none: `insecureSkipVerification`, see upstream/presented.py for what is checked."""
    client_certificate: ClientCertificate | None = None

    def __str__(self) -> str:
        if self.scheme == "unix":
            return f"unix:{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"
