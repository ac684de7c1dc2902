"""Names of functions and layers in all the forms that Lambda takes them in: names, partial ARNs, whole ARNs.

https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html: `my-function`, `my-function:v1`,
`123456789012:function:my-function`, `arn:aws:lambda:us-west-2:123456789012:function:my-function`.
"""

import re

from msgspec import Struct

from limen.aws.arn import partition_of
from limen.aws.errors import AwsError, access_denied
from limen.control.call import Call
from limen.control.functions.errors import invalid_parameter, not_found, validation

LATEST = "$LATEST"
MOST_NAME = 64

_FUNCTION = re.compile(
    r"(?:arn:(?P<partition>aws[a-zA-Z-]*)?:lambda:)?"
    r"(?:(?P<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?"
    r"(?:(?P<account>\d{12}):)?"
    r"(?:function:)?"
    r"(?P<name>[a-zA-Z0-9-_.]+)"
    r"(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?",
    re.ASCII,
)
_LAYER = re.compile(
    r"(?:arn:(?:aws[a-zA-Z-]*)?:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:)?"
    r"(?P<name>[a-zA-Z0-9-_]{1,140})(?::(?P<version>[0-9]+))?",
    re.ASCII,
)
_ACTIONS = {
    "Invoke": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
    "GetLayerVersionByArn": "GetLayerVersion",
}
"""Operations whose action has another name."""
_NUMBER = re.compile(r"[0-9]+", re.ASCII)


class FunctionId(Struct, frozen=True):
    """Which function of the caller's account and region is meant, and what of it."""

    account: str
    region: str
    name: str
    qualifier: str | None = None

    @property
    def unqualified_arn(self) -> str:
        return f"arn:{partition_of(self.region)}:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def arn(self) -> str:
        """With the qualifier, where one was given."""
        return self.unqualified_arn if self.qualifier is None else f"{self.unqualified_arn}:{self.qualifier}"

    @property
    def parent(self) -> str:
        """Of the documents that belong to the function."""
        return f"{self.account}/{self.region}/{self.name}"

    def arn_of(self, qualifier: str) -> str:
        return f"{self.unqualified_arn}:{qualifier}"


class LayerId(Struct, frozen=True):
    account: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        return f"arn:{partition_of(self.region)}:lambda:{self.region}:{self.account}:layer:{self.name}"

    @property
    def parent(self) -> str:
        """Of the versions; a function cannot be called so, for its name has no slash."""
        return f"{self.account}/{self.region}/layers/{self.name}"

    def arn_of(self, version: int | str) -> str:
        return f"{self.arn}:{version}"


def action_of(operation: str) -> str:
    """What policies call it (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html)."""
    return f"lambda:{_ACTIONS.get(operation, operation)}"


def read_function_id(call: Call, text: str, qualifier: str | None = None) -> FunctionId:
    """`qualifier` is the one beside the name, which may carry one itself: the two must agree."""
    found = _FUNCTION.fullmatch(text)
    if found is None:
        raise validation(_violates_pattern(text))
    _check_place(call, text, found["region"], found["account"])
    named = found["qualifier"]
    if named is not None and qualifier is not None and named != qualifier:
        raise invalid_parameter("The derived qualifier from the function name does not match the specified qualifier.")
    return FunctionId(call.aws.account, call.aws.region, found["name"], qualifier or named)


def read_layer_id(call: Call, text: str) -> LayerId:
    layer, version = _read_layer(call, text)
    if version is not None:
        raise validation(f"Value '{text}' at 'layerName' failed to satisfy constraint: Member must name no version")
    return layer


def read_layer_version(call: Call, arn: str) -> tuple[LayerId, str]:
    """Of the ARN of a layer's version."""
    layer, version = _read_layer(call, arn)
    if version is None or not arn.startswith("arn:"):
        raise validation(
            f"Value '{arn}' at 'arn' failed to satisfy constraint: Member must be the ARN of a version of a layer"
        )
    return layer, version


def is_version(qualifier: str) -> bool:
    """Whether a qualifier is a version's; the names of aliases are never numbers only."""
    return qualifier == LATEST or _NUMBER.fullmatch(qualifier) is not None


def _read_layer(call: Call, text: str) -> tuple[LayerId, str | None]:
    found = _LAYER.fullmatch(text)
    if found is None:
        raise validation(f"Value '{text}' at 'layerName' failed to satisfy constraint: Member must name a layer")
    if found["account"] not in (None, call.aws.account) or found["region"] not in (None, call.aws.region):
        raise _other_layers(call, text)
    return LayerId(call.aws.account, call.aws.region, found["name"]), found["version"]


def _check_place(call: Call, text: str, region: str | None, account: str | None) -> None:
    """Limen has the functions of one account, each region's for itself."""
    if region not in (None, call.aws.region):
        raise not_found(f"Functions from '{region}' are not reachable in this region ('{call.aws.region}')")
    if account not in (None, call.aws.account):
        raise _other_account(call, text)


def _other_account(call: Call, text: str) -> AwsError:
    action = action_of(call.aws.operation)
    return access_denied(
        f"User: arn:aws:iam::{call.aws.account}:root is not authorized to perform: {action} on resource: {text} "
        f"because no resource-based policy allows the {action} action"
    )


def _other_layers(call: Call, text: str) -> AwsError:
    """A function that names one would run without it."""
    return invalid_parameter(
        f"Layer {text} is not one of account {call.aws.account} in {call.aws.region}: Limen has the layers that are "
        "published to it; publish a copy with PublishLayerVersion and use its ARN"
    )


def _violates_pattern(text: str) -> str:
    return (
        f"Value '{text}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression "
        "pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?"
        "(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
    )
