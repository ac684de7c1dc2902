"""Invoke, InvokeWithResponseStream and InvokeAsync: checked here, run by the functions host.

What the host answers is Lambda's own answer, and goes to the caller as it comes.
"""

from secrets import token_hex
from typing import Any
from urllib.parse import quote

import orjson

from limen.aws.errors import AwsError
from limen.control.call import Call
from limen.control.functions.documents import find_version
from limen.control.functions.errors import invalid_parameter
from limen.control.functions.host_request import HostRequest
from limen.control.functions.names import FunctionId, read_function_id

_TRACE = "X-Amzn-Trace-Id"
_PASSED = ("X-Amz-Invocation-Type", "X-Amz-Log-Type", "X-Amz-Client-Context")
_REFUSED = ("X-Amz-Tenant-Id", "X-Amz-Durable-Execution-Name")


def invoke(call: Call, members: dict[str, Any]) -> HostRequest:
    function = _find_invoked(call, members)
    path = f"/2015-03-31/functions/{quote(function.arn, safe='')}/invocations"
    return HostRequest(path, _headers(call, members), members.get("Payload", b""))


def invoke_with_response_stream(call: Call, members: dict[str, Any]) -> HostRequest:
    function = _find_invoked(call, members)
    path = f"/2021-11-15/functions/{quote(function.arn, safe='')}/response-streaming-invocations"
    return HostRequest(path, _headers(call, members), members.get("Payload", b""))


def invoke_async(call: Call, members: dict[str, Any]) -> HostRequest:
    """The deprecated form of an Event; its payload must be JSON."""
    function = _find_invoked(call, members)
    try:
        orjson.loads(members["InvokeArgs"])
    except orjson.JSONDecodeError as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", message, 400, {"Type": "User"}) from None
    path = f"/2015-03-31/functions/{quote(function.arn, safe='')}/invocations"
    return HostRequest(
        path, {"X-Amz-Invocation-Type": "Event", _TRACE: _new_trace(call)}, members["InvokeArgs"], status=202
    )


def _find_invoked(call: Call, members: dict[str, Any]) -> FunctionId:
    """No host is started for a function that is not there."""
    refused = [name for name in _REFUSED if members.get(name)]
    if refused:
        raise invalid_parameter(f"Limen does not run functions with {', '.join(refused)}")
    function = read_function_id(call, members["FunctionName"], members.get("Qualifier"))
    find_version(call, function)
    return function


def _headers(call: Call, members: dict[str, Any]) -> dict[str, str]:
    headers = {name: members[name] for name in _PASSED if members.get(name)}
    if any(ord(character) < 32 or ord(character) > 126 for value in headers.values() for character in value):
        raise invalid_parameter("Headers of an invocation must be printable ASCII")
    return {**headers, _TRACE: _new_trace(call)}


def _new_trace(call: Call) -> str:
    """Lambda begins a trace for whoever brings none: functions read it in _X_AMZN_TRACE_ID."""
    return f"Root=1-{int(call.settings.clock.now()):08x}-{token_hex(12)};Parent={token_hex(8)};Sampled=0"
