"""Who may sign requests to APIs, as a worker knows them, and what it keeps so that the next request costs less.

All that is kept is forgotten with each change of identities: a key that was deleted is unknown from then on.
"""

from limen.aws.credentials import AccessKey
from limen.aws.identities import (
    ExpiredSessionError,
    Identities,
    IdentityChanges,
    SessionClaims,
    Signer,
)
from limen.aws.sealing import Seal
from limen.aws.sigv4 import Scope, derive_key
from limen.features.authorizers.iam_policies import SignerPolicies
from limen.gateway.caller import Caller, IamIdentity

MOST_SIGNERS = 4096
MOST_HEADS = 8192
"""At so many all are found anew: clients that come back are few for one worker."""


class KnownSigner:
    """Somebody who signs, with all that is the same for each request."""

    __slots__ = ("caller", "expires", "key", "policies", "principal", "secret")

    def __init__(self, signer: Signer, session_token: str | None = None) -> None:
        self.secret = signer.secret
        self.principal = principal = signer.principal
        self.policies = SignerPolicies(principal)
        session: SessionClaims | None = principal.session
        self.expires = float("inf") if session is None else float(session.expires)
        """Seconds since 1970."""
        self.key = AccessKey(principal.access_key_id, signer.secret, session_token)
        self.caller = SignedCaller(self)


class SignedCaller(Caller):
    """What an exchange tells of a signer, and who that is: backends may be called as them."""

    __slots__ = ("signer",)

    def __init__(self, signer: KnownSigner) -> None:
        who = signer.principal
        iam = IamIdentity(who.access_key_id, who.account, who.user_id, who.arn, principal=who)
        Caller.__init__(self, "iam", principal_id=who.user_id, iam=iam)
        self.signer = signer


class KnownHead:
    """What requests with one `Credential=..., SignedHeaders=...` have in common, for a day at most."""

    __slots__ = ("date", "forbidden", "has_host", "key", "names", "names_line", "scope_line", "signer")

    def __init__(self, signer: KnownSigner, scope: Scope, names: list[str], must_be_signed: tuple[bytes, ...]) -> None:
        self.signer = signer
        self.date = scope.date.encode("ascii")
        self.key = derive_key(signer.secret, scope)
        self.scope_line = f"{scope}\n".encode("ascii")
        self.names = tuple(name.encode("ascii") for name in names)
        self.names_line = ";".join(names).encode("ascii")
        self.forbidden = tuple(name for name in must_be_signed if name not in self.names)
        """Headers that would have to be signed, and are not."""


class Signers:
    """Owned by a worker; knows nobody until it is told."""

    def __init__(self) -> None:
        self.identities = Identities()
        self._known: dict[tuple[str, str | None], KnownSigner] = {}
        self._heads: dict[str, dict[tuple[bytes, bytes | None], KnownHead]] = {}
        """By region, then by the start of the Authorization header and the session token."""

    def apply(self, changes: IdentityChanges, session_key: bytes = b"") -> bool:
        """False where changes were missed: all are needed. `session_key`: of the seal of session tokens."""
        if session_key:
            self.identities.sessions = Seal.of(session_key)
        if session_key or changes.is_whole or changes.records or changes.gone:
            self._known.clear()
            for heads in self._heads.values():
                heads.clear()
        return self.identities.apply(changes)

    def find(self, access_key_id: str, session_token: str | None, now: float) -> KnownSigner:
        """Raises UnknownSignerError, and ExpiredSessionError of a session that was."""
        name = (access_key_id, session_token)
        known = self._known.get(name)
        if known is None:
            known = KnownSigner(self.identities.find(access_key_id, session_token, now), session_token)
            if len(self._known) >= MOST_SIGNERS:
                self._known.clear()
            self._known[name] = known
        elif known.expires <= now:
            del self._known[name]
            raise ExpiredSessionError(access_key_id)
        return known

    def heads(self, region: str) -> dict[tuple[bytes, bytes | None], KnownHead]:
        """Those kept for APIs of a region, always the same object."""
        return self._heads.setdefault(region, {})

    def keep_head(self, region: str, name: tuple[bytes, bytes | None], head: KnownHead) -> None:
        """Of a request whose signature was right."""
        heads = self.heads(region)
        if len(heads) >= MOST_HEADS:
            heads.clear()
        heads[name] = head
