"""Counts that AWS limits, enforced where the settings ask for it (developer guide, quotas for REST APIs)."""

from limen.aws.errors import AwsError
from limen.control.call import Call

PER_API = {
    "Authorizer": 10,
    "DocumentationPart": 2000,
    "Resource": 300,
    "Stage": 10,
}
PER_ACCOUNT = {
    "ApiKey": 10_000,
    "ClientCertificate": 60,
    "DomainName": 120,
    "RestApi": 600,
    "RestVpcLink": 20,
    "UsagePlan": 300,
}

PLANS_PER_KEY = 10
THROTTLED_METHODS_PER_STAGE = 20
"""Of one stage in one usage plan."""

_PLURALS = {
    "ApiKey": "API Keys",
    "ClientCertificate": "Client Certificates",
    "DocumentationPart": "Documentation Parts",
    "DomainName": "Domain Names",
    "RestApi": "APIs",
    "RestVpcLink": "VPC Links",
    "UsagePlan": "Usage Plans",
}


def check_room_in_api(call: Call, noun: str, api_id: str) -> None:
    """Before one more is made."""
    if call.settings.quotas_enforced and call.documents.count(noun, api_id) >= PER_API[noun]:
        _refuse(_PLURALS.get(noun, f"{noun}s"), "this API")


def check_room_in_account(call: Call, noun: str) -> None:
    if call.settings.quotas_enforced and call.documents.count(noun, call.scope) >= PER_ACCOUNT[noun]:
        _refuse(_PLURALS[noun], "this account")


def check_count(call: Call, what: str, owner: str, count: int, most: int) -> None:
    if call.settings.quotas_enforced and count > most:
        _refuse(what, owner)


def _refuse(what: str, owner: str) -> None:
    raise AwsError(
        "LimitExceededException",
        f"Maximum number of {what} for {owner} has been reached. Please contact AWS if you need additional {what}.",
        429,
        {"Retry-After": "1"},
    )
