"""What is asked of a policy, and what it decides."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

from msgspec import Struct

from limen.aws.identities import Principal

Context: TypeAlias = Mapping[str, str | Sequence[str]]
"""Values of condition keys, by their names in lower case. An empty list is a key that is not there."""


class Asker(Struct, frozen=True):
    """Whom a Principal element may mean by its names: accounts, ARNs, unique ids, names of services."""

    levels: tuple[frozenset[str], ...] = ()
    """From the account over the role to the session; NotPrincipal spares whom it names at each level."""
    names: frozenset[str] = frozenset()
    """All of them."""
    is_service: bool = False


ANYBODY = Asker()
"""Who did not say who they are."""


def service_asker(service: str) -> Asker:
    """`apigateway.amazonaws.com`."""
    return _asker((frozenset((service,)),), is_service=True)


def principal_asker(principal: Principal) -> Asker:
    """Whoever signed a request."""
    partition = principal.arn.split(":", 2)[1] if principal.arn.startswith("arn:") else "aws"
    account = frozenset((principal.account, f"arn:{partition}:iam::{principal.account}:root"))
    own = frozenset((principal.arn, principal.user_id))
    if principal.is_root:
        return _asker((account,))
    if not principal.issuer:
        return _asker((account, own))
    role = frozenset((principal.issuer, principal.user_id.partition(":")[0]))
    return _asker((account, role, own))


class Asked(Struct, frozen=True):
    """What somebody wants to do."""

    action: str
    resource: str
    context: Context = {}
    asker: Asker = ANYBODY


def without_account(asker: Asker) -> Asker:
    """As a policy knows a caller that grants nothing to users and roles by their account's name: it leaves them to
    their own policies. The account itself stays.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
    """
    own = asker.levels[1:]
    return _asker(own) if own else asker


class Effect(Enum):
    ALLOW = "Allow"
    DENY = "Deny"
    NEITHER = "neither"


class Decision(Struct, frozen=True):
    """`number` and `statement` are those of the statement that decided: its place, from 0, and as it is written."""

    effect: Effect
    number: int | None = None
    statement: Mapping[str, Any] | None = None

    @property
    def is_allowed(self) -> bool:
        return self.effect is Effect.ALLOW

    @property
    def is_denied(self) -> bool:
        """Explicitly."""
        return self.effect is Effect.DENY


NEITHER = Decision(Effect.NEITHER)


def _asker(levels: tuple[frozenset[str], ...], *, is_service: bool = False) -> Asker:
    return Asker(levels, frozenset().union(*levels), is_service)
