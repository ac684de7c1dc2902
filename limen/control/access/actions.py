"""What a call asks to do, as policies name it: actions on resources.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from limen.aws.arn import find_arn, new_arn
from limen.aws.call import AwsCall
from limen.control.access.apigateway import apigateway_askings
from limen.control.access.context import tag_context
from limen.control.access.iam import iam_askings
from limen.control.access.lambda_functions import lambda_askings
from limen.control.access.weigh import Asking
from limen.store.reader import Reader

UNWEIGHED = frozenset({("sts", "GetCallerIdentity"), ("sts", "GetSessionToken"), ("sts", "AssumeRole")})
"""Anybody may ask who they are; the trust policy of the role is weighed by the operation itself."""


def askings_of(call: AwsCall, reader: Reader) -> list[Asking]:
    """Each of them has to be allowed."""
    if (call.service, call.operation) in UNWEIGHED:
        return []
    found = _ASKINGS.get(call.service, _askings_of_any)(call, reader)
    tags = tag_context(_tags(call.members))
    return [replace(each, context=tags | dict(each.context)) for each in found]


def _askings_of_any(call: AwsCall, reader: Reader) -> Iterator[Asking]:
    yield Asking(f"{call.service}:{call.operation}", "*")


def _log_askings(call: AwsCall, reader: Reader) -> Iterator[Asking]:
    """Groups are written with what follows the name, as AWS's messages show them; policies leave it out as well."""
    action = f"logs:{call.operation}"
    members = call.members
    stream = members.get("logStreamName") or ""
    groups = [members.get(name) for name in ("logGroupName", "logGroupIdentifier", "resourceArn", "logGroupArn")]
    named = [str(group) for group in groups if group] or [str(each) for each in members.get("logGroupIdentifiers", [])]
    for group in named or [""]:
        arn = find_arn(group)
        name = group if arn is None else arn.resource.removeprefix("log-group:").removesuffix(":*")
        bare = str(new_arn("logs", call.region, call.account, f"log-group:{name}"))
        yield Asking(action, f"{bare}:log-stream:{stream}", also=() if stream else (bare, f"{bare}:*"))


def _pool_askings(call: AwsCall, reader: Reader) -> Iterator[Asking]:
    pool, arn = call.members.get("UserPoolId"), call.members.get("ResourceArn")
    resource = arn or "*"
    if pool:
        resource = str(new_arn("cognito-idp", call.region, call.account, f"userpool/{pool}"))
    yield Asking(f"cognito-idp:{call.operation}", resource)


def _certificate_askings(call: AwsCall, reader: Reader) -> Iterator[Asking]:
    """What is imported or requested has no ARN yet."""
    yield Asking(f"acm:{call.operation}", str(call.members.get("CertificateArn") or "*"))


def _tags(members: dict[str, Any]) -> dict[str, str]:
    """Those that a call sets, in all forms that services have for them."""
    tags = members.get("tags") or members.get("Tags") or members.get("UserPoolTags") or {}
    if isinstance(tags, list):
        return {str(tag.get("Key")): str(tag.get("Value")) for tag in tags if isinstance(tag, dict)}
    return {str(key): str(value) for key, value in tags.items()} if isinstance(tags, dict) else {}


_ASKINGS: dict[str, Callable[[AwsCall, Reader], Iterator[Asking]]] = {
    "acm": _certificate_askings,
    "apigateway": apigateway_askings,
    "apigatewayv2": apigateway_askings,
    "cognito-idp": _pool_askings,
    "iam": iam_askings,
    "lambda": lambda_askings,
    "logs": _log_askings,
}
