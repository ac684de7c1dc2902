"""From the documents of IAM to the records by which requests are weighed, all of them or what changed.

Users and roles change one by one. A managed policy or a group that changes is that of many: all records are made anew.
"""

import logging
from collections.abc import Iterator

from limen.aws.identities import ROLE as ROLE_KIND
from limen.aws.identities import USER as USER_KIND
from limen.aws.identities import IdentityChanges, IdentityRecord, KeyRecord
from limen.aws.sealing import Seal
from limen.control.iam.aws_policies import document_of
from limen.control.iam.documents import GROUP, ID_OF, NAME_OF, POLICY, ROLE, USER, parent_of
from limen.store.documents import Document
from limen.store.reader import Reader

log = logging.getLogger("limen.control")

SECRETS = "secrets of access keys"
"""The purpose of the seal under which they are stored."""
_SHARED = frozenset({GROUP, POLICY})


def identities(reader: Reader, account: str, secrets: Seal) -> list[IdentityRecord]:
    """A record of each user and role of the account."""
    return list(_Making(reader, account, secrets).all())


def identity_changes(reader: Reader, account: str, secrets: Seal, since: int | None) -> IdentityChanges:
    """What differs from revision `since`; None: everything."""
    parent, until = parent_of(account), reader.revision
    total = reader.count(USER, parent) + reader.count(ROLE, parent)
    touched = [] if since is None else reader.changed_parents(since, until)
    changed = {(noun, key) for noun, owner, key in touched if owner == parent}
    if since is None or any(noun in _SHARED for noun, _ in changed):
        return IdentityChanges(until, True, identities(reader, account, secrets), [], total)
    making = _Making(reader, account, secrets)
    records, gone = [], []
    for noun, key in sorted(changed):
        document = reader.get(noun, parent, key)
        before = reader.at(since).get(noun, parent, key)
        if before is not None and (document is None or document["Arn"] != before["Arn"]):
            gone.append(before["Arn"])
        if document is not None:
            records.append(making.record(noun, document))
    return IdentityChanges(until, False, records, gone, total)


def record_of(reader: Reader, account: str, noun: str, document: Document) -> IdentityRecord:
    """Without its keys."""
    return _Making(reader, account, None).record(noun, document)


class _Making:
    """`secrets`: None where keys are not wanted."""

    def __init__(self, reader: Reader, account: str, secrets: Seal | None) -> None:
        self._reader = reader
        self._account = account
        self._parent = parent_of(account)
        self._secrets = secrets
        self._policies: dict[str, str | None] = {}
        self._groups: dict[str, Document | None] = {}

    def all(self) -> Iterator[IdentityRecord]:
        for noun in (USER, ROLE):
            for _, document in self._reader.list(noun, self._parent):
                yield self.record(noun, document)

    def record(self, noun: str, document: Document) -> IdentityRecord:
        policies = list(self._policies_of(document))
        for name in document.get("_groups", []):
            group = self._group(name)
            policies += self._policies_of(group) if group is not None else ()
        boundary = document.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return IdentityRecord(
            kind=ROLE_KIND if noun == ROLE else USER_KIND,
            arn=document["Arn"],
            account=self._account,
            id=document[ID_OF[noun]],
            name=document[NAME_OF[noun]],
            keys=tuple(self._keys_of(document)),
            policies=tuple(policies),
            boundary=None if boundary is None else self._managed(boundary) or _NOTHING,
            tags={tag["Key"]: tag["Value"] for tag in document.get("Tags", [])},
        )

    def _policies_of(self, document: Document) -> Iterator[str]:
        yield from document.get("_policies", {}).values()
        for arn in document.get("_attached", []):
            policy = self._managed(arn)
            if policy is not None:
                yield policy

    def _managed(self, arn: str) -> str | None:
        """The default version of a managed policy, ours or AWS's."""
        if arn not in self._policies:
            self._policies[arn] = document_of(self._reader, self._parent, arn)
        return self._policies[arn]

    def _group(self, name: str) -> Document | None:
        if name not in self._groups:
            self._groups[name] = self._reader.get(GROUP, self._parent, name)
        return self._groups[name]

    def _keys_of(self, document: Document) -> Iterator[KeyRecord]:
        if self._secrets is None:
            return
        for key in document.get("_keys", []):
            secret = self._secrets.open(key["_secret"], key["AccessKeyId"])
            if secret is None:
                log.error("access key %s was stored under another key file and does not work", key["AccessKeyId"])
                continue
            yield KeyRecord(key["AccessKeyId"], secret.decode(), key["Status"] == "Active")


_NOTHING = '{"Version":"2012-10-17","Statement":[]}'
"""A boundary that is gone or not known allows nothing."""
