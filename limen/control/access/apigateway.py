"""Actions of both APIs of API Gateway: the method of the call on its path, and what a call does beside it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
"""

from collections.abc import Iterator, Sequence
from typing import Any

from limen.aws.arn import new_arn, partition_of
from limen.aws.call import AwsCall
from limen.control.access.pass_role import pass_role
from limen.control.access.read_object import read_object
from limen.control.access.weigh import Asking
from limen.control.domains.documents import mappings_of
from limen.control.openapi.read import read_source
from limen.control.openapi.source import SourceError
from limen.store.reader import Reader

SERVICE = "apigateway.amazonaws.com"
_ROLES = ("credentials", "credentialsArn", "authorizerCredentials", "authorizerCredentialsArn")
"""Members that name a role, in the two APIs."""
_ROLE_PATHS = frozenset({"/credentials", "/authorizerCredentials", "/cloudwatchRoleArn"})
_POLICY_KEYWORD = "x-amazon-apigateway-policy"
_ROLE_KEYWORDS = frozenset({"credentials", "authorizerCredentials"})
_TAGS = "/tags/"

RULE_ACTIONS = {
    "CreateRoutingRule": "apigateway:CreateRoutingRule",
    "DeleteRoutingRule": "apigateway:DeleteRoutingRule",
    "GetRoutingRule": "apigateway:GetRoutingRule",
    "ListRoutingRules": "apigateway:ListRoutingRules",
    "PutRoutingRule": "apigateway:UpdateRoutingRule",
}
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html"""


def apigateway_askings(call: AwsCall, reader: Reader) -> Iterator[Asking]:
    if call.operation in RULE_ACTIONS:
        yield _rule_asking(call, reader)
        return
    resource = arn_of(call)
    yield Asking(f"apigateway:{call.method}", resource)
    members, operation = call.members, call.operation
    patched = _patched(members)
    definition = _definition(members)
    if members.get("policy") or "/policy" in patched or _POLICY_KEYWORD in definition:
        yield Asking("apigateway:UpdateRestApiPolicy", resource)
    yield from _mutual_tls_askings(members, patched, resource)
    roles = [members.get(name) for name in _ROLES] if not operation.startswith("Get") else []
    roles += [value for path, value in patched.items() if path in _ROLE_PATHS]
    for role in dict.fromkeys([*roles, *_roles_in(definition)]):
        yield from pass_role(role, SERVICE)
    yield from _read_truststore(members, patched, call.region)


def _rule_asking(call: AwsCall, reader: Reader) -> Asking:
    """Routing rules have actions of their own, and ARNs with the account; one that is yet to be made has no id."""
    members = call.members
    name, rule_id = members.get("domainName", ""), members.get("routingRuleId", "*")
    arn = str(new_arn("apigateway", call.region, call.account, f"/domainnames/{name}/routingrules/{rule_id}"))
    asked = _rule_context("request", members)
    rule = reader.get("RoutingRule", mappings_of(name), rule_id)
    makes_one = call.operation == "PutRoutingRule" and rule is None
    return Asking(RULE_ACTIONS["CreateRoutingRule" if makes_one else call.operation], arn, asked | _rule_context("resource", rule or {}))


def _rule_context(kind: str, rule: dict[str, Any]) -> dict[str, str | Sequence[str]]:
    """Condition keys of a rule as it is asked for (`request`), or as it is (`resource`)."""
    found: dict[str, str | Sequence[str]] = {}
    if "priority" in rule:
        found[f"apigateway:{kind}/priority"] = str(rule["priority"])
    conditions = [each for each in rule.get("conditions") or [] if isinstance(each, dict)]  # not yet validated
    paths = [path for each in conditions for path in (each.get("matchBasePaths") or {}).get("anyOf") or []]
    return found | ({f"apigateway:{kind}/conditionbasepaths": paths} if paths else {})


def _mutual_tls_askings(members: dict[str, Any], patched: dict[str, Any], resource: str) -> Iterator[Asking]:
    """Who may change a domain name may not yet say which clients it trusts."""
    wanted = [*(members.get("mutualTlsAuthentication") or {}).items()]
    wanted += [(path, value) for path, value in patched.items() if path.startswith("/mutualTlsAuthentication")]
    is_off = any(name.endswith("truststoreUri") and not value for name, value in wanted)
    if wanted:
        action = "RemoveCertificateFromDomain" if is_off else "AddCertificateToDomain"
        yield Asking(f"apigateway:{action}", resource)


def arn_of(call: AwsCall) -> str:
    """arn:aws:apigateway:REGION::/restapis/ID/...: the version of the API is left out, tags name an encoded ARN."""
    path = call.path.removeprefix("/v2")
    if path.startswith(_TAGS):
        path = _TAGS + path.removeprefix(_TAGS).replace("%2F", "/").replace(":", "%3A").replace("/", "%2F")
    return f"arn:{partition_of(call.region)}:apigateway:{call.region}::{path}"


def _patched(members: dict[str, Any]) -> dict[str, Any]:
    return {str(each.get("path")): each.get("value") for each in members.get("patchOperations") or []}


def _read_truststore(members: dict[str, Any], patched: dict[str, Any], region: str) -> list[Asking]:
    given = members.get("mutualTlsAuthentication") or {}
    uri = given.get("truststoreUri") or patched.get("/mutualTlsAuthentication/truststoreUri")
    version = given.get("truststoreVersion") or patched.get("/mutualTlsAuthentication/truststoreVersion")
    bucket, _, key = str(uri or "").removeprefix("s3://").partition("/")
    return read_object(bucket, key, version or None, region)


def _definition(members: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI definition that a call brings; one that cannot be read is refused by the operation."""
    body = members.get("body")
    if not body:
        return {}
    try:
        return read_source(body).document
    except SourceError:
        return {}


def _roles_in(value: Any) -> Iterator[str]:
    """Every role that a definition gives to an integration or an authorizer, wherever it stands."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield from (role for key, role in each.items() if key in _ROLE_KEYWORDS and isinstance(role, str))
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
