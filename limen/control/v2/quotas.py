"""Counts that AWS limits, enforced where the settings ask for it (developer guide, quotas for HTTP APIs)."""

from limen.aws.errors import too_many_requests
from limen.control.call import Call

PER_API = {"Route": 300, "Integration": 300, "Stage": 10, "Authorizer": 10}
PER_ACCOUNT = {"Api": 600, "VpcLink": 10, "DomainName": 120}
MAPPINGS_PER_DOMAIN = 200
RULES_PER_DOMAIN = 50
SCOPES_PER_ROUTE = 10
AUDIENCES_PER_AUTHORIZER = 50
SUBNETS_PER_VPC_LINK = 10

_PLURALS = {"Api": "APIs", "VpcLink": "VPC links", "DomainName": "domain names"}


def check_room_in_api(call: Call, noun: str, api_id: str) -> None:
    """Before one more is made."""
    if call.settings.quotas_enforced and call.documents.count(noun, api_id) >= PER_API[noun]:
        _refuse(f"{noun}s", "this API")


def check_room_in_account(call: Call, noun: str) -> None:
    if call.settings.quotas_enforced and call.documents.count(noun, call.scope) >= PER_ACCOUNT[noun]:
        _refuse(_PLURALS[noun], "this account")


def check_count(call: Call, what: str, owner: str, count: int, most: int) -> None:
    if call.settings.quotas_enforced and count > most:
        _refuse(what, owner)


def _refuse(what: str, owner: str) -> None:
    raise too_many_requests(
        f"Maximum number of {what} for {owner} has been reached. Please contact AWS if you need additional {what}."
    )
