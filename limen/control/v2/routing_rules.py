"""Routing rules: which stage of which REST API answers requests with certain headers or base paths.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html
"""

import re
from typing import Any

from limen.aws.arn import new_arn
from limen.aws.errors import bad_request, conflict, not_found
from limen.aws.pages import V2
from limen.control import documents
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.domains.checks import has_mixed_mappings
from limen.control.domains.conditions import check_conditions, find_target
from limen.control.domains.documents import RULE, find_domain, mappings_of
from limen.control.v2 import quotas
from limen.control.v2.documents import find
from limen.features.domain_names.records import MAPPINGS_ONLY
from limen.store.documents import Document

_MEMBERS = ("actions", "conditions", "priority")
_RULE_ID = re.compile(r"[a-z0-9]{1,64}")


def create_routing_rule(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    domain = _find_domain(call, members)
    return _create(call, domain, fresh_id(call, RULE, mappings_of(domain["domainName"])), members)


def get_routing_rule(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def list_routing_rules(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    parent = mappings_of(_find_domain(call, members)["domainName"])
    found, token = documents.list_page(call, RULE, parent, members, V2)
    page: dict[str, Any] = {"routingRules": [answer(rule) for rule in found]}
    return page if token is None else page | {"nextToken": token}


def put_routing_rule(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Replaces all of a rule but its id; makes one of that id where there is none."""
    domain, rule_id = _find_domain(call, members), members["routingRuleId"]
    if call.documents.get(RULE, mappings_of(domain["domainName"]), rule_id) is not None:
        return _store(call, domain["domainName"], rule_id, members)
    if not _RULE_ID.fullmatch(rule_id):
        raise bad_request(f"Invalid routing rule identifier specified: {rule_id}")
    return _create(call, domain, rule_id, members)


def delete_routing_rule(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    rule = _find(call, members)
    call.documents.delete(RULE, mappings_of(members["domainName"]), rule["routingRuleId"])
    return {}


def _create(call: Call, domain: Document, rule_id: str, members: dict[str, Any]) -> dict[str, Any]:
    name = domain["domainName"]
    if domain["routingMode"] == MAPPINGS_ONLY:
        raise bad_request(f"Routing rules cannot be created for a domain name whose routing mode is {MAPPINGS_ONLY}")
    if has_mixed_mappings(call, domain):
        raise bad_request("A domain name with API mappings to both REST and HTTP APIs cannot have routing rules")
    count = call.documents.count(RULE, mappings_of(name)) + 1
    quotas.check_count(call, "routing rules", "this domain name", count, quotas.RULES_PER_DOMAIN)
    return _store(call, name, rule_id, members)


def _store(call: Call, name: str, rule_id: str, members: dict[str, Any]) -> dict[str, Any]:
    check_conditions(members["conditions"])
    _check_target(call, find_target(members["actions"]))
    parent = mappings_of(name)
    for other_id, other in call.documents.list(RULE, parent):
        if other["priority"] == members["priority"] and other_id != rule_id:
            raise conflict(f"The routing rule {other_id} of this domain name has the priority {other['priority']}")
    rule: Document = {
        "routingRuleArn": _arn_of(call, name, rule_id),
        "routingRuleId": rule_id,
        "_domainName": name,
        **given(members, _MEMBERS),
    }
    call.documents.put(RULE, parent, rule_id, rule)
    return answer(rule)


def _check_target(call: Call, target: dict[str, Any]) -> None:
    api = call.documents.get("RestApi", call.scope, target["apiId"])
    if api is None:
        find(call, "Api", call.scope, target["apiId"])
        raise bad_request("WebSocket or HTTP APIs aren't supported as target APIs for routing rules.")
    if "PRIVATE" in api["endpointConfiguration"]["types"]:
        raise bad_request("You can't create a routing rule for a public custom domain to a private API.")
    if call.documents.get("Stage", target["apiId"], target["stage"]) is None:
        raise bad_request("Invalid stage identifier specified")


def _arn_of(call: Call, name: str, rule_id: str) -> str:
    return str(new_arn("apigateway", call.aws.region, call.aws.account, f"/domainnames/{name}/routingrules/{rule_id}"))


def _find_domain(call: Call, members: dict[str, Any]) -> Document:
    return find_domain(call, members["domainName"], members.get("domainNameId"))


def _find(call: Call, members: dict[str, Any]) -> Document:
    parent = mappings_of(_find_domain(call, members)["domainName"])
    rule = call.documents.get(RULE, parent, members["routingRuleId"])
    if rule is None:
        raise not_found("Invalid routing rule identifier specified", RULE)
    return rule
