"""What the policies of whoever signed a request say about it: those of the identity, its boundary, its session.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from limen.aws.identities import Principal
from limen.aws.policies.asked import Asked, Context, Effect
from limen.aws.policies.policy import Policy, compile_identity_policy
from limen.features.authorizers.condition_keys import is_known

ACTION = "execute-api:Invoke"
INVALIDATE_CACHE = "execute-api:InvalidateCache"
IDENTITY, BOUNDARY, SESSION = "identity-based policy", "permissions boundary", "session policy"
MOST_KEPT = 512
"""Resources of which a signer's verdict is remembered."""


class Weighed:
    """A verdict and where it comes from; a new one for each exchange is not needed."""

    __slots__ = ("action", "effect", "is_limit", "kind", "statement")

    def __init__(
        self,
        effect: Effect,
        kind: str,
        statement: Mapping[str, Any] | None = None,
        *,
        is_limit: bool = False,
        action: str = ACTION,
    ) -> None:
        self.effect = effect
        self.action = action
        self.kind = kind
        """Of the policies that decided."""
        self.statement = statement
        self.is_limit = is_limit
        """The identity may, its boundary or its session may not: no resource policy changes that."""

    @property
    def suffix(self) -> str:
        """What AWS's message ends with."""
        if self.effect is Effect.DENY:
            return " with an explicit deny"
        return f" because no {self.kind} allows the {self.action} action"


_ACCOUNT_ITSELF = Weighed(Effect.ALLOW, "account itself")


class SignerPolicies:
    """Of one principal, compiled once for all that have the same text."""

    __slots__ = ("_is_conditional", "_is_free", "_kept", "_layers")

    def __init__(self, principal: Principal) -> None:
        layers: list[tuple[str, tuple[str, ...]]] = [] if principal.is_root else [(IDENTITY, principal.policies)]
        if principal.boundary is not None and not principal.is_root:
            layers.append((BOUNDARY, (principal.boundary,)))
        if principal.session_policies:
            layers.append((SESSION, principal.session_policies))
        self._layers = [(kind, [_compile(text) for text in texts]) for kind, texts in layers]
        self._is_conditional = any(_depends(policy) for _, policies in self._layers for policy in policies)
        self._kept: dict[str, Weighed] = {}

    def weigh(self, arn: str, read_context: Callable[[], Context], action: str = ACTION) -> Weighed:
        """`read_context` is asked only where a policy has conditions or variables.

        Verdicts are remembered by what is asked for: of each kind of resource only one action is ever asked about.
        """
        if not self._layers:
            return _ACCOUNT_ITSELF
        if self._is_conditional:
            return self._weigh(Asked(action, arn, read_context()))
        weighed = self._kept.get(arn)
        if weighed is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            weighed = self._kept[arn] = self._weigh(Asked(action, arn))
        return weighed

    def weigh_action(self, action: str, arn: str, read_context: Callable[[], Context]) -> Weighed:
        """The same for another action than to invoke, which is rarer: nothing is remembered."""
        if not self._layers:
            return _ACCOUNT_ITSELF
        return self._weigh(Asked(action, arn, read_context()))

    def _weigh(self, asked: Asked) -> Weighed:
        """A Deny of any of them decides; else each layer has to allow."""
        allowing: Weighed | None = None
        lacking: list[str] = []
        for kind, policies in self._layers:
            effect, statement = _decide(policies, asked)
            if effect is Effect.DENY:
                return Weighed(effect, kind, statement, action=asked.action)
            if effect is Effect.NEITHER:
                lacking.append(kind)
            elif allowing is None:
                allowing = Weighed(effect, kind, statement)
        if lacking:
            return Weighed(Effect.NEITHER, lacking[0], is_limit=lacking != [IDENTITY], action=asked.action)
        assert allowing is not None
        return allowing


def _decide(policies: list[Policy], asked: Asked) -> tuple[Effect, Mapping[str, Any] | None]:
    effect, statement = Effect.NEITHER, None
    for policy in policies:
        decision = policy.decide(asked)
        if decision.is_denied:
            return decision.effect, decision.statement
        if decision.is_allowed and effect is Effect.NEITHER:
            effect, statement = decision.effect, decision.statement
    return effect, statement


def _depends(policy: Policy) -> bool:
    """On more than the resource."""
    return any("${" in str(each) or "Condition" in str(each) for each in policy.written)


@lru_cache(maxsize=2048)
def _compile(text: str) -> Policy:
    return compile_identity_policy(text, knows=is_known)
