"""Where a service is called, and whose key signs for it."""

from typing import Protocol

from msgspec import Struct

from limen.aws.credentials import AccessKey


class NoCredentialsError(Exception):
    """A service cannot be called as it is configured; the message is for the operator."""


class Keys(Protocol):
    """Whose key signs."""

    def find(self) -> AccessKey:
        """Raises NoCredentialsError."""


class Place(Struct, frozen=True):
    """Where one service is called."""

    url: str
    """Scheme, host, and a path without its last slash."""
    host: str
    """What the Host header says: it differs from that of the URL where a subdomain means something to the server."""
    region: str
    """The one that is signed for."""
    keys: Keys
    is_aws: bool
