"""Who may call: access keys, and where their secrets are found."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from limen.aws.identities import Identities, KeyRecord, Signer, root_record


class AccessKey(Struct, frozen=True):
    """What a request is signed with; `session_token` goes with temporary keys."""

    id: str
    secret: str
    session_token: str | None = None

    def __repr__(self) -> str:
        return f"AccessKey(id={self.id!r})"


class Credentials(Protocol):
    """Where it is found who signs."""

    async def find(self, access_key_id: str, session_token: str | None, now: float) -> Signer:
        """Raises UnknownSignerError for a key or a session that is not known; `now` in epoch seconds."""
        ...


class StaticCredentials:
    """A fixed set of access keys, each of the account itself."""

    def __init__(self, secrets: Mapping[str, str], account: str = "000000000000") -> None:
        self._identities = Identities()
        self._identities.put(root_record(account, [KeyRecord(*item) for item in secrets.items()]))

    async def find(self, access_key_id: str, session_token: str | None, now: float) -> Signer:
        return self._identities.find(access_key_id, session_token, now)
