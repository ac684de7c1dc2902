"""Our Python runtime: handlers in processes of their own, spoken to through the Runtime API."""

import json
import sys

import pytest

from tests.support.running_function import running

RUNTIME = "python{}.{}".format(*sys.version_info)

CONTEXT = """
def handler(event, context):
    names = [name for name in dir(context) if not name.startswith("_") and not callable(getattr(context, name))]
    values = {name: getattr(context, name) for name in names}
    values["client_context"] = context.client_context and {
        "custom": context.client_context.custom, "title": context.client_context.client.app_title}
    values["identity"] = context.identity.cognito_identity_id
    values["remaining"] = context.get_remaining_time_in_millis() > 0
    values["w3c"] = context.w3c()
    context.log("logged\\n")
    return values
"""


def test_a_handler_gets_event_and_complete_context() -> None:
    client_context = json.dumps(
        {"custom": {"a": "1"}, "client": {"app_title": "t"}, "w3c": {"traceparent": "p", "x": 1}}
    )
    identity = json.dumps({"cognitoIdentityId": "id-1"})
    with running({"app.py": CONTEXT}, "app.handler", RUNTIME) as function:
        headers = {"Lambda_Runtime_Client_Context": client_context, "Lambda_Runtime_Cognito_Identity": identity}
        values = function.result({}, **headers)
        printed = function.end()

    assert values == {
        "aws_request_id": "r-1",
        "client_context": {"custom": {"a": "1"}, "title": "t"},
        "function_name": "hello",
        "function_version": "$LATEST",
        "identity": "id-1",
        "invoked_function_arn": "arn:aws:lambda:eu-west-1:123456789012:function:hello",
        "log_group_name": "/aws/lambda/hello",
        "log_stream_name": "2026/05/09/[$LATEST]abc",
        "memory_limit_in_mb": "128",
        "remaining": True,
        "tenant_id": None,
        "w3c": {"traceparent": "p"},
    }
    assert printed == "logged\n"


@pytest.mark.parametrize("is_own_socket", [True, False])
def test_one_process_serves_invocation_after_invocation(is_own_socket: bool) -> None:
    code = "import os\ncount = 0\ndef handler(event, context):\n    global count\n    count += 1\n"
    code += "    return [count, event['n'], os.environ.get('_X_AMZN_TRACE_ID')]\n"
    with running({"app.py": code}, "app.handler", RUNTIME, is_own_socket=is_own_socket) as function:
        assert function.result({"n": 1}, Lambda_Runtime_Trace_Id="Root=1-2-3") == [1, 1, "Root=1-2-3"]
        assert function.result({"n": 2}) == [2, 2, None]
        assert function.result({"n": "x" * 1_000_000})[:1] == [3]


def test_lines_come_before_the_answer() -> None:
    code = "def handler(event, context):\n    print('whole line')\n    print('part', end='')\n"
    with running({"app.py": code}, "app.handler", RUNTIME) as function:
        assert function.result({}) is None
        assert function.process.stdout is not None
        assert function.process.stdout.read1().decode() == "whole line\npart"  # type: ignore[attr-defined]


def test_bytes_are_sent_as_they_are() -> None:
    with running(
        {"app.py": "def handler(event, context):\n    return b'\\x00raw'\n"}, "app.handler", RUNTIME
    ) as function:
        answer = function.invoke({})

    assert (answer.body, answer.headers["content-type"]) == (b"\x00raw", "application/unknown")


def test_an_exception_is_told_to_caller_and_log() -> None:
    code = "def handler(event, context):\n    inner()\ndef inner():\n    raise ValueError('no pets')\n"
    with running({"app.py": code}, "app.handler", RUNTIME) as function:
        answer = function.invoke({})
        file = function.process.args[-1]  # type: ignore[index]
        after = function.invoke({}, "r-2")
        printed = function.end()

    error = json.loads(answer.body)
    assert answer.headers["lambda-runtime-function-error-type"] == "ValueError"
    assert {**error, "stackTrace": len(error["stackTrace"])} == {
        "errorMessage": "no pets",
        "errorType": "ValueError",
        "requestId": "r-1",
        "stackTrace": 2,
    }
    assert error["stackTrace"][0].endswith('code/app.py", line 2, in handler\n    inner()\n')
    assert str(file) not in error["stackTrace"][0]
    assert after.kind == "error"
    first = printed.split("\n")[:3]
    assert first[:2] == ["[ERROR] ValueError: no pets", "Traceback (most recent call last):"]
    assert first[2].startswith('\u00a0\u00a0File "')


CANNOT_BE_LOADED = [
    ("app", {}, "Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack (expected 2, got 1)"),
    ("app.handler", {}, "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'app'"),
    (
        "app.handler",
        {"app.py": "import nowhere"},
        "Runtime.ImportModuleError",
        "Unable to import module 'app': No module named 'nowhere'",
    ),
    ("app.other", {"app.py": ""}, "Runtime.HandlerNotFound", "Handler 'other' missing on module 'app'"),
    ("sys.exit", {}, "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
    (
        "app.handler",
        {"app.py": "def handler(:"},
        "Runtime.UserCodeSyntaxError",
        "Syntax error in module 'app': invalid syntax (app.py, line 1)",
    ),
    ("app.handler", {"app.py": "1 / 0"}, "ZeroDivisionError", "division by zero"),
]


@pytest.mark.parametrize(("handler", "files", "error_type", "message"), CANNOT_BE_LOADED)
def test_what_cannot_be_loaded_is_an_init_error(
    handler: str, files: dict[str, str], error_type: str, message: str
) -> None:
    with running(files, handler, RUNTIME) as function:
        error = function.init_error()
        printed = function.read_to_end()

        assert function.process.returncode == 1
    assert (error["errorType"], error["errorMessage"], error["requestId"]) == (error_type, message, "")
    assert printed.startswith(f"[ERROR] {error_type}: {message}\n")


CALLED_WRONGLY = [
    ("return event", b"{", {}, "Runtime.UnmarshalError", "Unable to unmarshal input: Expecting property name enclosed"),
    ("return {1, 2}", b"1", {}, "Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON"),
    ("x = []; x.append(x); return x", b"1", {}, "Runtime.MarshalError", "Unable to marshal response: Circular"),
    (
        "return 1",
        b"1",
        {"Lambda_Runtime_Client_Context": "{"},
        "Runtime.LambdaContextUnmarshalError",
        "Unable to parse Client Context JSON: ",
    ),
]


@pytest.mark.parametrize(("body", "payload", "headers", "error_type", "message"), CALLED_WRONGLY)
def test_what_is_no_json_fails_by_name(
    body: str, payload: bytes, headers: dict[str, str], error_type: str, message: str
) -> None:
    with running({"app.py": f"def handler(event, context): {body}\n"}, "app.handler", RUNTIME) as function:
        error = function.error(payload, **headers)

    assert error["errorType"] == error_type
    assert error["errorMessage"].startswith(message)


def test_handlers_are_found_in_packages() -> None:
    files = {"pkg/__init__.py": "", "pkg/mod.py": "def func(event, context): return __name__\n", "dir/mod.py": ""}
    files["dir/mod.py"] = files["pkg/mod.py"]
    with running(files, "pkg.mod.func", RUNTIME) as function:
        assert function.result({}) == "pkg.mod"
    with running(files, "dir/mod.func", RUNTIME) as function:
        assert function.result({}) == "dir.mod"


def test_exit_ends_the_process_with_its_status() -> None:
    with running({"app.py": "def handler(event, context): exit(7)\n"}, "app.handler", RUNTIME) as function:
        function.peer.send(b"{}", "r-1", {})

        assert function.process.wait(timeout=20) == 7


@pytest.mark.parametrize("runtime", ["python3.8", "python3.9", "python3.10", "python3.12", "python3.13", "python3.14"])
def test_every_python_runs_it(runtime: str) -> None:
    """Those that this machine has; the others run on Limen's own, which stands in for them."""
    code = "import json, sys, logging\ndef handler(event, context):\n    logging.warning('seen')\n"
    code += "    return {'version': list(sys.version_info[:2]), 'text': event}\n"
    with running({"app.py": code}, "app.handler", runtime) as function:
        result = function.result("Ä")
        assert "\tr-1\tseen\n" in function.end()

    assert result["text"] == "Ä"
    assert result["version"] in ([int(part) for part in runtime[6:].split(".")], list(sys.version_info[:2]))
