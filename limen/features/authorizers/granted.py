"""What the policy that an authorizer answered grants: weighed against the ARN of the request, compiled once.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from time import time
from typing import Any

from limen.aws.policy import Asked, allows
from limen.gateway.exchange import Exchange

ACTION = "execute-api:Invoke"
LONGEST_RESOURCE = 512
"""Characters of a resource (guide, "Output from an Amazon API Gateway Lambda authorizer")."""

_ELEMENTS = frozenset({"Action", "Condition", "Effect", "NotAction", "NotResource", "Resource", "Sid"})
_ANYTHING = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


class MalformedPolicyError(ValueError):
    """The message says what is wrong with it."""


class Verdict(Enum):
    ALLOWED = "allowed"
    DENIED = "denied"
    """Nothing allows it."""
    DENIED_EXPLICITLY = "denied explicitly"


class Granted:
    """One policy. Verdicts of one without conditions depend on the ARN alone."""

    __slots__ = ("_allowing", "_denying", "document", "is_conditional")

    def __init__(self, document: Any) -> None:
        """Raises MalformedPolicyError."""
        statements = _read_statements(document)
        self.document: Mapping[str, Any] = document
        self.is_conditional = any("Condition" in statement for statement in statements)
        # These policies have no principal: they are about the one who was authorized.
        everybody = [{**statement, "Principal": "*"} for statement in statements]
        self._allowing = [statement for statement in everybody if statement["Effect"] == "Allow"]
        self._denying = [statement for statement in everybody if statement["Effect"] == "Deny"]

    def weigh(self, arn: str, exchange: Exchange) -> Verdict:
        asked = self._ask(arn, exchange)
        if self._denying and not allows({"Statement": [_ANYTHING, *self._denying]}, asked):
            return Verdict.DENIED_EXPLICITLY
        return Verdict.ALLOWED if allows({"Statement": self._allowing}, asked) else Verdict.DENIED

    def find_statement(self, arn: str, exchange: Exchange) -> Mapping[str, Any] | None:
        """The first that decides; None where none does."""
        asked = self._ask(arn, exchange)
        for statement in self._denying:
            if not allows({"Statement": [_ANYTHING, statement]}, asked):
                return _as_written(statement)
        for statement in self._allowing:
            if allows({"Statement": [statement]}, asked):
                return _as_written(statement)
        return None

    def _ask(self, arn: str, exchange: Exchange) -> Asked:
        context = condition_values(exchange) if self.is_conditional else {}
        return Asked(service="", action=ACTION, resource=arn, context=context)


def condition_values(exchange: Exchange) -> dict[str, str]:
    """What conditions may look at, by names in lower case (guide, "AWS condition keys")."""
    now = time()
    values = {
        "aws:currenttime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(now)),
        "aws:securetransport": "true",
        "aws:sourceip": exchange.client.source_ip,
    }
    for key, lower in (("aws:useragent", b"user-agent"), ("aws:referer", b"referer")):
        value = exchange.find_header(lower)
        if value is not None:
            values[key] = value.decode("utf-8", "replace")
    return values


def _as_written(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name != "Principal"}


def _read_statements(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, dict):
        raise MalformedPolicyError("policyDocument is no object")
    found = document.get("Statement")
    statements = [found] if isinstance(found, dict) else found
    if not isinstance(statements, list):
        raise MalformedPolicyError("policyDocument has no Statement")
    for statement in statements:
        _check_statement(statement)
    return statements


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
