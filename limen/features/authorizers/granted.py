"""What the policy that an authorizer answered grants: weighed against the ARN of the request, compiled once.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from limen.aws.policies.asked import Asked, Decision, Effect
from limen.aws.policies.policy import compile_identity_policy
from limen.features.authorizers.condition_keys import condition_values, is_known
from limen.gateway.exchange import Exchange

ACTION = "execute-api:Invoke"
LONGEST_RESOURCE = 512
"""Characters of a resource (guide, "Output from an Amazon API Gateway Lambda authorizer")."""

_ELEMENTS = frozenset({"Action", "Condition", "Effect", "NotAction", "NotResource", "Resource", "Sid"})


class MalformedPolicyError(ValueError):
    """The message says what is wrong with it."""


class Verdict(Enum):
    ALLOWED = "allowed"
    DENIED = "denied"
    """Nothing allows it."""
    DENIED_EXPLICITLY = "denied explicitly"


VERDICTS = {Effect.ALLOW: Verdict.ALLOWED, Effect.NEITHER: Verdict.DENIED, Effect.DENY: Verdict.DENIED_EXPLICITLY}
EFFECTS = {verdict: effect for effect, verdict in VERDICTS.items()}


class Granted:
    """One policy. Verdicts of one without conditions and variables depend on the ARN alone."""

    __slots__ = ("_policy", "document", "is_conditional")

    def __init__(self, document: Any) -> None:
        """Raises MalformedPolicyError."""
        _check_document(document)
        self.document: Mapping[str, Any] = document
        # These policies have no principal: they are about the one who was authorized.
        self._policy = compile_identity_policy(document, knows=is_known)
        self.is_conditional = self._policy.needs_context

    def weigh(self, arn: str, exchange: Exchange) -> Verdict:
        return VERDICTS[self._decide(arn, exchange).effect]

    def find_statement(self, arn: str, exchange: Exchange) -> Mapping[str, Any] | None:
        """The one that decides; None where none does."""
        return self._decide(arn, exchange).statement

    def _decide(self, arn: str, exchange: Exchange) -> Decision:
        context = condition_values(exchange) if self.is_conditional else {}
        return self._policy.decide(Asked(ACTION, arn, context))


def _check_document(document: Any) -> None:
    if not isinstance(document, dict):
        raise MalformedPolicyError("policyDocument is no object")
    found = document.get("Statement")
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list):
        raise MalformedPolicyError("policyDocument has no Statement")
    for statement in statements:
        _check_statement(statement)


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict):
        raise MalformedPolicyError("a statement is no object")
    unknown = statement.keys() - _ELEMENTS
    if unknown:
        raise MalformedPolicyError(f"a statement has {min(unknown)!r}, which no policy of an authorizer has")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicyError("the Effect of a statement is neither Allow nor Deny")
    for name in ("Action", "Resource"):
        given = [statement[each] for each in (name, f"Not{name}") if each in statement]
        if len(given) != 1:
            raise MalformedPolicyError(f"a statement has not one of {name} and Not{name}")
        texts = given[0] if isinstance(given[0], list) else [given[0]]
        if not texts or not all(isinstance(text, str) for text in texts):
            raise MalformedPolicyError(f"{name} of a statement is neither text nor a list of texts")
        if name == "Resource" and any(len(text) > LONGEST_RESOURCE for text in texts):
            raise MalformedPolicyError(f"a resource of a statement is over {LONGEST_RESOURCE} characters long")
    if not isinstance(statement.get("Condition", {}), dict):
        raise MalformedPolicyError("the Condition of a statement is no object")
