"""Actions of both APIs of API Gateway: the method of the call on its path, and what a call does beside it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
"""

from collections.abc import Iterator
from typing import Any

from limen.aws.arn import partition_of
from limen.aws.call import AwsCall
from limen.control.access.pass_role import pass_role
from limen.control.access.resource_tags import resource_tag_context
from limen.control.access.weigh import Asking
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


def apigateway_askings(call: AwsCall, reader: Reader) -> Iterator[Asking]:
    resource = arn_of(call)
    tags = resource_tag_context(call, reader)
    yield Asking(f"apigateway:{call.method}", resource, tags, has_tags=True)
    members, operation = call.members, call.operation
    patched = _patched(members)
    definition = _definition(members)
    if members.get("policy") or "/policy" in patched or _POLICY_KEYWORD in definition:
        yield Asking("apigateway:UpdateRestApiPolicy", resource, tags, has_tags=True)
    roles = [members.get(name) for name in _ROLES] if not operation.startswith("Get") else []
    roles += [value for path, value in patched.items() if path in _ROLE_PATHS]
    for role in dict.fromkeys([*roles, *_roles_in(definition)]):
        yield from pass_role(role, SERVICE)


def arn_of(call: AwsCall) -> str:
    """arn:aws:apigateway:REGION::/restapis/ID/...: the version of the API is left out, tags name an encoded ARN."""
    path = call.path.removeprefix("/v2")
    if path.startswith(_TAGS):
        path = _TAGS + path.removeprefix(_TAGS).replace("%2F", "/").replace(":", "%3A").replace("/", "%2F")
    return f"arn:{partition_of(call.region)}:apigateway:{call.region}::{path}"


def _patched(members: dict[str, Any]) -> dict[str, Any]:
    return {str(each.get("path")): each.get("value") for each in members.get("patchOperations") or []}


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
