"""Who may call: access key ids and their secrets."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct


class AccessKey(Struct, frozen=True):
    """What a request is signed with; `session_token` goes with temporary keys."""

    id: str
    secret: str
    session_token: str | None = None

    def __repr__(self) -> str:
        return f"AccessKey(id={self.id!r})"


class Credentials(Protocol):
    """Where the secrets of access keys are found."""

    def secret_of(self, access_key_id: str) -> str | None:
        """None for a key that is not known."""
        ...


class StaticCredentials:
    """A fixed set of access keys."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def secret_of(self, access_key_id: str) -> str | None:
        return self._secrets.get(access_key_id)
