"""Verdicts on properties that decide whether a request is let through; the words are those of OpenAPI documents."""

from typing import Any

from limen.control.openapi.extensions import AWAITS_AUTHORIZERS, ENFORCED_AUTHORIZERS
from limen.control.openapi.keyword import ENFORCED, Verdict, stored

THROTTLING = "throttling is not enforced yet"
NO_DOMAINS = stored("custom domain names are not served yet")
ONE_ENDPOINT = stored("Limen has one endpoint and does not act on this")
NO_KEYS = stored("API keys are not asked for yet")


def judge_authorization(value: Any) -> Verdict:
    """Of methods and routes."""
    if value == "NONE" or value in ENFORCED_AUTHORIZERS:
        return ENFORCED
    shown = value if isinstance(value, str) else "the authorization type"
    return stored(f"{shown} {AWAITS_AUTHORIZERS}", is_security=True)


def judge_authorizer(value: Any) -> Verdict:
    """The type of an authorizer."""
    if value in ENFORCED_AUTHORIZERS:
        return ENFORCED
    return stored(f"{value if isinstance(value, str) else 'its type'} {AWAITS_AUTHORIZERS}")


def judge_key(value: Any) -> Verdict:
    """Of methods."""
    if str(value).lower() == "false":
        return ENFORCED
    return stored(f"the API key {AWAITS_AUTHORIZERS}", is_security=True)


def judge_policy(value: Any) -> Verdict:
    """Of REST APIs."""
    return stored(f"a resource policy {AWAITS_AUTHORIZERS}", is_security=True) if value else ENFORCED


def judge_truststore(value: Any) -> Verdict:
    return stored("certificates of clients are not asked for yet", is_security=True) if value else ENFORCED
