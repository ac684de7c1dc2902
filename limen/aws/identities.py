"""Who signs requests: users and roles, their access keys and sessions, and the policies that speak for them.

Shared by the control process and the gateway workers, which know nothing of the store: records go to them as data.
A session is not stored: its token is sealed and carries all that there is to know of it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from limen.aws.sealing import Seal

USER, ROLE, ROOT = "user", "role", "root"
SESSIONS = "session tokens"
"""The purpose of the seal of session tokens."""


class KeyRecord(Struct, frozen=True):
    """A long-term access key."""

    id: str
    secret: str
    is_active: bool = True

    def __repr__(self) -> str:
        return f"KeyRecord(id={self.id!r}, is_active={self.is_active})"


class IdentityRecord(Struct, frozen=True, kw_only=True):
    """A user, a role, or the account itself, whose policies are not asked for."""

    kind: str
    """user, role or root."""
    arn: str
    account: str
    id: str
    """AIDA... of a user, AROA... of a role, the account's number of the account itself."""
    name: str
    keys: tuple[KeyRecord, ...] = ()
    policies: tuple[str, ...] = ()
    """As JSON: its own, those attached to it, and those of its groups."""
    boundary: str | None = None
    """As JSON: the most that its policies can allow."""
    tags: dict[str, str] = {}


class IdentityChanges(Struct, frozen=True):
    """What the records are at `revision`: all of them where `is_whole`, else those that changed since another."""

    revision: int
    is_whole: bool
    records: list[IdentityRecord]
    gone: list[str] = []
    """ARNs."""
    total: int = 0
    """How many there are in all. Whoever has another number, after these changes, has missed some: ask for all."""


class SessionClaims(Struct, frozen=True, kw_only=True):
    """What a session token says."""

    access_key_id: str
    secret: str
    principal: str
    """ARN of the role, or of the user whose session it is."""
    principal_id: str
    """Of the role when it was assumed: one that was deleted and made again is another."""
    session_name: str = ""
    issued: int
    expires: int
    """Seconds since 1970."""
    tags: dict[str, str] = {}
    transitive: tuple[str, ...] = ()
    """Keys of tags that sessions made from this one keep."""
    policies: tuple[str, ...] = ()
    """As JSON: what the session may do at most; none: all that the role may."""
    source_identity: str = ""

    def __repr__(self) -> str:
        return f"SessionClaims(access_key_id={self.access_key_id!r}, principal={self.principal!r})"


class Principal(Struct, frozen=True, kw_only=True):
    """Who signed a request, with all that is weighed before it may act."""

    kind: str
    """Root, User or AssumedRole, as aws:PrincipalType and CloudTrail name them."""
    arn: str
    """As policies and messages show it: of the session where there is one of a role."""
    account: str
    user_id: str
    """aws:userid: AIDA..., AROA...:session, or the account's number."""
    name: str = ""
    """Of the user or the role."""
    access_key_id: str = ""
    policies: tuple[str, ...] = ()
    session_policies: tuple[str, ...] = ()
    boundary: str | None = None
    tags: dict[str, str] = {}
    issuer: str = ""
    """ARN of the role that the session is of: aws:PrincipalArn."""
    session: SessionClaims | None = None

    @property
    def is_root(self) -> bool:
        return self.kind == "Root"

    @property
    def may_anything(self) -> bool:
        """Nothing is weighed: the account itself, unless its session is narrower."""
        return self.is_root and not self.session_policies

    @property
    def principal_arn(self) -> str:
        return self.issuer or self.arn


class Signer(Struct, frozen=True):
    """The secret that a signature must have been made with, and whose it is."""

    secret: str
    principal: Principal

    def __repr__(self) -> str:
        return f"Signer({self.principal.arn!r})"


class UnknownSignerError(Exception):
    """There is no such key or session."""


class ExpiredSessionError(UnknownSignerError):
    """There was such a session."""


class Identities:
    """The records of one process by access key and ARN; `sessions` opens session tokens."""

    def __init__(self, sessions: Seal | None = None, records: Iterable[IdentityRecord] = ()) -> None:
        self.sessions = sessions
        self._by_arn: dict[str, IdentityRecord] = {}
        self._by_key: dict[str, tuple[KeyRecord, IdentityRecord]] = {}
        for record in records:
            self.put(record)

    def __len__(self) -> int:
        return len(self._by_arn)

    def apply(self, changes: IdentityChanges) -> bool:
        """False where changes were missed: all records are needed."""
        if changes.is_whole:
            self._by_arn.clear()
            self._by_key.clear()
        for arn in changes.gone:
            self.remove(arn)
        for record in changes.records:
            self.put(record)
        return len(self) == changes.total

    def put(self, record: IdentityRecord) -> None:
        self.remove(record.arn)
        self._by_arn[record.arn] = record
        self._by_key.update((key.id, (key, record)) for key in record.keys)

    def remove(self, arn: str) -> None:
        before = self._by_arn.pop(arn, None)
        for key in before.keys if before is not None else ():
            self._by_key.pop(key.id, None)

    def find(self, access_key_id: str, session_token: str | None, now: float) -> Signer:
        """Raises UnknownSignerError; `now` in seconds since 1970."""
        if session_token is not None:
            return self._find_session(access_key_id, session_token, now)
        found = self._by_key.get(access_key_id)
        if found is None or not found[0].is_active:
            raise UnknownSignerError(access_key_id)
        key, record = found
        return Signer(key.secret, _principal(record, key.id))

    def find_key_owner(self, access_key_id: str) -> IdentityRecord | None:
        found = self._by_key.get(access_key_id)
        return found[1] if found is not None else None

    def open(self, access_key_id: str, session_token: str) -> SessionClaims | None:
        """What a session token says, None where it is not ours; it may have expired."""
        return open_session(self.sessions, session_token, access_key_id) if self.sessions is not None else None

    def _find_session(self, access_key_id: str, token: str, now: float) -> Signer:
        claims = self.open(access_key_id, token)
        if claims is None:
            raise UnknownSignerError(access_key_id)
        if claims.expires <= now:
            raise ExpiredSessionError(access_key_id)
        record = self._by_arn.get(claims.principal)
        if record is None or record.id != claims.principal_id:
            raise UnknownSignerError(access_key_id)
        return Signer(claims.secret, session_principal(record, claims))


def session_principal(record: IdentityRecord, claims: SessionClaims) -> Principal:
    """Who a session acts as: the user itself, or a role by a name."""
    if record.kind != ROLE:
        principal = _principal(record, claims.access_key_id)
        return msgspec.structs.replace(principal, session_policies=claims.policies, session=claims)
    return Principal(
        kind="AssumedRole",
        arn=assumed_role_arn(record.account, record.name, claims.session_name),
        account=record.account,
        user_id=f"{record.id}:{claims.session_name}",
        name=record.name,
        access_key_id=claims.access_key_id,
        policies=record.policies,
        session_policies=claims.policies,
        boundary=record.boundary,
        tags=record.tags | claims.tags,
        issuer=record.arn,
        session=claims,
    )


def assumed_role_arn(account: str, role_name: str, session_name: str) -> str:
    """Of a session, without the path of the role."""
    return f"arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}"


def root_record(account: str, keys: Iterable[KeyRecord]) -> IdentityRecord:
    """The account itself, which the admin credentials stand for."""
    arn = f"arn:aws:iam::{account}:root"
    return IdentityRecord(kind=ROOT, arn=arn, account=account, id=account, name="", keys=tuple(keys))


def seal_session(sessions: Seal, claims: SessionClaims) -> str:
    """The session token."""
    return sessions.close(msgspec.json.encode(claims), claims.access_key_id)


def open_session(sessions: Seal, token: str, access_key_id: str) -> SessionClaims | None:
    """None where the token is not ours, or belongs to another access key."""
    content = sessions.open(token, access_key_id)
    return None if content is None else msgspec.json.decode(content, type=SessionClaims)


def _principal(record: IdentityRecord, access_key_id: str) -> Principal:
    common: dict[str, Any] = {"arn": record.arn, "account": record.account, "access_key_id": access_key_id}
    if record.kind == ROOT:
        return Principal(kind="Root", user_id=record.account, **common)
    return Principal(
        kind="User",
        user_id=record.id,
        name=record.name,
        policies=record.policies,
        boundary=record.boundary,
        tags=record.tags,
        **common,
    )
