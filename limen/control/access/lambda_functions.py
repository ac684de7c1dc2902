"""Actions of Lambda: on functions, with the version or alias that a call names, and on layers.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

import re
from collections.abc import Iterator

from limen.aws.arn import new_arn
from limen.aws.call import AwsCall
from limen.control.access.pass_role import pass_role
from limen.control.access.read_object import read_object
from limen.control.access.weigh import Asking
from limen.control.functions.names import action_of
from limen.control.functions.uploads import LOCAL_DIRECTORY
from limen.store.reader import Reader

SERVICE = "lambda.amazonaws.com"
_CODE = {"CreateFunction": "Code", "PublishLayerVersion": "Content", "UpdateFunctionCode": ""}
"""Which member says where code is; "": the call itself."""
_FUNCTION = re.compile(
    r"(?:arn:[^:]*:lambda:)?(?:[a-z0-9-]+-[0-9]:)?(?:[0-9]{12}:)?(?:function:)?(?P<name>[^:]*)(?::(?P<qualifier>.*))?",
    re.DOTALL,
)


def lambda_askings(call: AwsCall, reader: Reader) -> Iterator[Asking]:
    members, operation = call.members, call.operation
    yield Asking(action_of(operation), _resource(call))
    if operation in ("CreateFunction", "UpdateFunctionConfiguration"):
        yield from pass_role(members.get("Role"), SERVICE)
        for layer in members.get("Layers") or []:
            yield Asking("lambda:GetLayerVersion", str(layer))
    yield from _read_code(call)


def _read_code(call: AwsCall) -> list[Asking]:
    where = _CODE.get(call.operation)
    code = call.members if where == "" else call.members.get(where or "")
    if where is None or not isinstance(code, dict) or code.get("S3Bucket") == LOCAL_DIRECTORY:
        return []
    return read_object(code.get("S3Bucket"), code.get("S3Key"), code.get("S3ObjectVersion"), call.region)


def _resource(call: AwsCall) -> str:
    members = call.members
    if members.get("FunctionName"):
        return _function_arn(call, str(members["FunctionName"]), members.get("Qualifier"))
    if members.get("LayerName"):
        return _layer_arn(call, str(members["LayerName"]))
    return str(members.get("Resource") or members.get("Arn") or "*")


def _function_arn(call: AwsCall, text: str, qualifier: str | None) -> str:
    """In the account and region of the call: elsewhere there are none."""
    found = _FUNCTION.fullmatch(text)
    name, own = (found["name"], found["qualifier"]) if found is not None else (text, None)
    named = own or qualifier
    resource = f"function:{name}" if named is None else f"function:{name}:{named}"
    return str(new_arn("lambda", call.region, call.account, resource))


def _layer_arn(call: AwsCall, text: str) -> str:
    if text.startswith("arn:"):
        return text
    version = call.members.get("VersionNumber")
    resource = f"layer:{text}" if version is None else f"layer:{text}:{version}"
    return str(new_arn("lambda", call.region, call.account, resource))
