"""What is made of a resource policy that somebody writes: whether it is one, and what of it cannot be enforced."""

from collections.abc import Iterator
from typing import Any

import orjson

from limen.aws.policies.policy import compile_policy
from limen.aws.policies.texts import as_list, as_texts
from limen.aws.policies.variables import OLD_VERSION, VERSION
from limen.control.openapi.keyword import ENFORCED, Verdict, refused, stored
from limen.features.authorizers.condition_keys import is_known

LONGEST = 8192
"""Characters."""
INVALID = "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
SHORT_FORM = "execute-api:/"
"""What resources may begin with in place of the ARN of the API."""
_MEMBERS = frozenset({"Id", "Statement", "Version"})


def is_policy(document: Any) -> bool:
    """Whether all of it means something. Condition keys are not among what is checked: AWS takes any."""
    if not isinstance(document, dict) or document.keys() - _MEMBERS or not document.get("Statement"):
        return False
    if document.get("Version", VERSION) not in (VERSION, OLD_VERSION) or compile_policy(document).doubts:
        return False
    return all(map(_is_resource, _resources(document)))


def _resources(document: dict[str, Any]) -> Iterator[str]:
    for statement in as_list(document["Statement"]):
        for name in ("Resource", "NotResource"):
            if statement.get(name) is not None:
                yield from as_texts(statement[name])


def _is_resource(text: str) -> bool:
    """Another could never match, not even where it denies."""
    return text == "*" or text.startswith((SHORT_FORM, "arn:"))


def judge_policy(value: Any) -> Verdict:
    """Of a REST API, as a document or as its text."""
    if not value:
        return ENFORCED
    document = value
    if isinstance(value, str):
        try:
            document = orjson.loads(value)
        except orjson.JSONDecodeError:
            return refused(INVALID)
    if not is_policy(document):
        return refused(INVALID)
    doubts = compile_policy(document, knows=is_known).doubts
    if not doubts:
        return ENFORCED
    number, told = next(iter(doubts.items()))
    return stored(f"statement {number} lets nothing through, for {told[0]} is not known here")
