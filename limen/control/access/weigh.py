"""Whether a principal may do something, by all policies that speak for it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, within one account: a Deny
anywhere decides; else an identity-based policy has to allow it, and each of boundary and session policies as well.
"""

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from limen.aws.identities import Principal
from limen.aws.policies.asked import Asked, Context, Effect
from limen.aws.policies.policy import Policy, compile_identity_policy
from limen.control.access.resource_tags import PREFIX

IDENTITY, BOUNDARY, SESSION = "identity-based policy", "permissions boundary", "session policy"

_PRESENT = frozenset(
    {
        "apigateway:request/conditionbasepaths",
        "apigateway:request/priority",
        "apigateway:resource/conditionbasepaths",
        "apigateway:resource/priority",
        "aws:currenttime",
        "aws:epochtime",
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principaltype",
        "aws:referer",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceidentity",
        "aws:sourceip",
        "aws:tagkeys",
        "aws:tokenissuetime",
        "aws:useragent",
        "aws:userid",
        "aws:username",
        "aws:viaawsservice",
        "iam:awsservicename",
        "iam:passedtoservice",
        "iam:permissionsboundary",
        "iam:policyarn",
        "sts:externalid",
        "sts:rolesessionname",
        "sts:sourceidentity",
        "sts:transitivetagkeys",
    }
)
"""Keys that a request has a value for where it has one at AWS."""
_NEVER_PRESENT = frozenset(
    {
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:multifactorauthage",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpcsourceip",
    }
)
"""Keys that calls with such credentials, made from here, do not have at AWS either."""
_PREFIXES = ("aws:principaltag/", "aws:requesttag/")


class Asking(Struct, frozen=True):
    """One action on one resource; `context` by condition keys in lower case."""

    action: str
    resource: str
    context: Context = {}
    also: tuple[str, ...] = ()
    """Other ways in which policies write this very resource: one of them is enough, to allow it and to deny it."""
    has_tags: bool = False
    """Whether `context` has all tags of the resource; of others nobody knows what conditions on these would say."""


class Denial(Struct, frozen=True):
    """Why not."""

    policies: str
    """Which: an identity-based policy, permissions boundary or session policy."""
    is_explicit: bool

    def message(self, principal: Principal, asking: Asking) -> str:
        """In AWS's words."""
        told = f"User: {principal.arn} is not authorized to perform: {asking.action} on resource: {asking.resource}"
        if self.is_explicit:
            return f"{told} with an explicit deny in {_article(self.policies)} {self.policies}"
        return f"{told} because no {self.policies} allows the {asking.action} action"


def find_denial(principal: Principal, asking: Asking) -> Denial | None:
    """None: it may. The account itself may everything, unless the policies of its session are narrower."""
    layers = [(SESSION, principal.session_policies)] if principal.session_policies else []
    if not principal.is_root:
        layers.insert(0, (IDENTITY, principal.policies))
        if principal.boundary is not None:
            layers.insert(1, (BOUNDARY, (principal.boundary,)))
    decided = [(kind, _effects(policies, asking)) for kind, policies in layers]
    for kind, effects in decided:
        if Effect.DENY in effects:
            return Denial(kind, is_explicit=True)
    for kind, effects in decided:
        if Effect.ALLOW not in effects:
            return Denial(kind, is_explicit=False)
    return None


def decide(policy: str, asking: Asking) -> Effect:
    """Of one identity-based policy."""
    effects = [
        _compiled(policy, asking.has_tags).decide(Asked(asking.action, resource, asking.context)).effect
        for resource in (asking.resource, *asking.also)
    ]
    if Effect.DENY in effects:
        return Effect.DENY
    return Effect.ALLOW if Effect.ALLOW in effects else Effect.NEITHER


def is_known(key: str) -> bool:
    """Whether it is known what a condition key would have at AWS; one that is not lets nothing through."""
    lower = key.lower()
    return lower in _PRESENT or lower in _NEVER_PRESENT or lower.startswith(_PREFIXES)


def _effects(policies: Iterable[str], asking: Asking) -> set[Effect]:
    return {decide(policy, asking) for policy in policies}


@lru_cache(maxsize=4096)
def _compiled(policy: str, has_tags: bool) -> Policy:
    return compile_identity_policy(policy, knows=_is_known_with_tags if has_tags else is_known)


def _is_known_with_tags(key: str) -> bool:
    return is_known(key) or key.lower().startswith(PREFIX)


def _article(words: str) -> str:
    return "an" if words[0] in "aeiou" else "a"
