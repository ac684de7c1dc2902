"""The access keys and sessions that the admin port knows: those of IAM and the admin credentials, as they are now."""

import asyncio
import threading

from limen.aws.identities import Identities, IdentityRecord, Signer
from limen.aws.sealing import Seal
from limen.control.away import store_is_away
from limen.control.iam.identities import identity_changes
from limen.store.errors import StoreAwayError
from limen.store.store import Store


class IamCredentials:
    """Follows the store: a key that was deleted is unknown from the next request on. Safe to use from many threads."""

    def __init__(self, store: Store, administrator: IdentityRecord, secrets: Seal, sessions: Seal) -> None:
        self._store = store
        self._account = administrator.account
        self._administrator = administrator
        self._secrets = secrets
        self._users = Identities(sessions)
        self._root = Identities(sessions, [administrator])
        self._revision: int | None = None
        self._restarts = store.restarts
        self._lock = threading.Lock()

    async def find(self, access_key_id: str, session_token: str | None, now: float) -> Signer:
        """Raises UnknownSignerError."""
        if session_token is None and self._root.find_key_owner(access_key_id) is not None:
            return self._root.find(access_key_id, None, now)
        try:
            return await asyncio.to_thread(self._find, access_key_id, session_token, now)
        except StoreAwayError:
            raise store_is_away() from None

    def _find(self, access_key_id: str, session_token: str | None, now: float) -> Signer:
        with self._lock:
            self._follow()
            if session_token is not None and self._is_of_root(access_key_id, session_token):
                return self._root.find(access_key_id, session_token, now)
            return self._users.find(access_key_id, session_token, now)

    def _follow(self) -> None:
        with self._store.reader() as reader:
            if self._restarts != self._store.restarts:
                self._restarts, self._revision = self._store.restarts, None
            if reader.revision == self._revision:
                return
            changes = identity_changes(reader, self._account, self._secrets, self._revision)
            if not self._users.apply(changes):
                self._users.apply(identity_changes(reader, self._account, self._secrets, None))
            self._revision = changes.revision

    def _is_of_root(self, access_key_id: str, session_token: str) -> bool:
        claims = self._root.open(access_key_id, session_token)
        return claims is not None and claims.principal == self._administrator.arn
