"""Who may sign requests to APIs, for the gateway workers: all that IAM has, and the account itself."""

from msgspec.structs import replace

from limen.aws.identities import IdentityChanges, IdentityRecord
from limen.aws.sealing import Seal
from limen.control.iam.identities import identity_changes
from limen.store.reader import Reader


class ApiSigners:
    """`administrator`: the account itself, which may do everything."""

    def __init__(self, administrator: IdentityRecord, secrets: Seal, sessions: Seal) -> None:
        self.session_key = sessions.key
        self._administrator = administrator
        self._secrets = secrets

    def changes(self, reader: Reader, since: int | None) -> IdentityChanges:
        """What differs from revision `since`; None: everything."""
        changes = identity_changes(reader, self._administrator.account, self._secrets, since)
        records = [self._administrator, *changes.records] if changes.is_whole else changes.records
        return replace(changes, records=records, total=changes.total + 1)
