"""Our Node.js runtime: handlers in processes of their own, spoken to through the Runtime API."""

import base64
import json
import re
import shutil
from pathlib import Path

import pytest

from limen.functions.runtimes import Place
from tests.support.running_function import running

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not on PATH")

RUNTIME = "nodejs20.x"

HANDLERS = [
    ("app.js", "app.handler", "exports.handler = async (event) => ({ got: event });"),
    ("app.js", "app.handler", "exports.handler = (event, context, callback) => callback(null, { got: event });"),
    ("app.js", "app.handler", "exports.handler = (event, context) => context.succeed({ got: event });"),
    ("app.js", "app.handler", "exports.handler = (event, context) => { context.done(null, { got: event }); };"),
    ("app.mjs", "app.handler", "export const handler = async (event) => ({ got: event });"),
    ("app.cjs", "app.handler", "exports.handler = (event) => Promise.resolve({ got: event });"),
    ("app.mjs", "app.default", "export default async (event) => ({ got: event });"),
    ("app.mjs", "app.handler", "export default { handler: async (event) => ({ got: event }) };"),
    ("src/pets.js", "src/pets.a.b.handler", "exports.a = { b: { handler: async (event) => ({ got: event }) } };"),
    ("node_modules/pets/index.js", "pets.handler", "exports.handler = async (event) => ({ got: event });"),
]


@pytest.mark.parametrize(("file", "handler", "code"), HANDLERS)
def test_every_kind_of_handler_answers(file: str, handler: str, code: str) -> None:
    with running({file: code}, handler, RUNTIME) as function:
        assert function.result({"a": "ü"}) == {"got": {"a": "ü"}}
        assert function.result(2) == {"got": 2}


def test_es_modules_by_package_json() -> None:
    files = {
        "package.json": '{"type": "module"}',
        "app.js": "import 'node:fs'; export const handler = async () => 'esm';",
    }
    with running(files, "app.handler", RUNTIME) as function:
        assert function.result({}) == "esm"


def test_the_context_is_complete() -> None:
    code = "exports.handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() > 0 });"
    client_context = json.dumps({"custom": {"a": 1}})
    with running({"app.js": code}, "app.handler", RUNTIME) as function:
        context = function.result({}, Lambda_Runtime_Client_Context=client_context)

    assert context == {
        "callbackWaitsForEmptyEventLoop": True,
        "functionVersion": "$LATEST",
        "functionName": "hello",
        "memoryLimitInMB": "128",
        "logGroupName": "/aws/lambda/hello",
        "logStreamName": "2026/05/09/[$LATEST]abc",
        "clientContext": {"custom": {"a": 1}},
        "invokedFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:hello",
        "awsRequestId": "r-1",
        "left": True,
    }


@pytest.mark.parametrize("is_own_socket", [True, False])
def test_one_process_serves_invocation_after_invocation(is_own_socket: bool) -> None:
    code = "let count = 0; exports.handler = async (event) => [++count, process.env._X_AMZN_TRACE_ID, event.length];"
    with running({"app.js": code}, "app.handler", RUNTIME, is_own_socket=is_own_socket) as function:
        assert function.result("", Lambda_Runtime_Trace_Id="Root=1-2-3") == [1, "Root=1-2-3", 0]
        assert function.result("é" * 500_000) == [2, None, 500_000]


def test_a_callback_waits_for_an_empty_event_loop() -> None:
    code = """
    let late = 'early';
    exports.handler = (event, context, callback) => {
      context.callbackWaitsForEmptyEventLoop = event;
      late = 'early';
      setTimeout(() => { late = 'late'; }, 50);
      callback(null, { toJSON: () => late });
    };"""
    with running({"app.js": code}, "app.handler", RUNTIME) as function:
        assert function.result(True) == "late"
        assert function.result(False) == "early"


def test_a_handler_that_never_answers_gives_null() -> None:
    code = "exports.handler = (event) => { if (event === 1) return new Promise(() => {}); };"
    with running({"app.js": code}, "app.handler", RUNTIME) as function:
        assert (function.result(1), function.result(2)) == (None, None)


FAILURES = [
    ("async () => { throw new TypeError('no pets') }", "TypeError", "no pets"),
    ("() => { throw new TypeError('no pets') }", "TypeError", "no pets"),
    ("(event, context, callback) => callback(new RangeError('far'))", "RangeError", "far"),
    ("(event, context, callback) => callback('text')", "string", "text"),
    ("(event, context) => context.fail()", "string", "handled"),
    ("async () => { throw Object.assign(new Error('x'), { name: 'Pet' }) }", "Pet", "x"),
    ("async () => 1n", "Error", "Unable to stringify response body"),
    ("async () => JSON.parse('{')", "SyntaxError", None),
]


@pytest.mark.parametrize(("code", "error_type", "message"), FAILURES)
def test_failures_are_told_and_the_process_goes_on(code: str, error_type: str, message: str | None) -> None:
    with running({"app.js": f"exports.handler = {code};"}, "app.handler", RUNTIME) as function:
        answer = function.invoke({})
        again = function.invoke({}, "r-2")
        printed = function.end()

    error = json.loads(answer.body)
    assert answer.headers["lambda-runtime-function-error-type"] == error_type
    assert (error["errorType"], error["errorMessage"]) == (error_type, message or error["errorMessage"])
    assert again.kind == "error"
    assert re.match(r'\S+Z\tr-1\tERROR\tInvoke Error \t\{"errorType":"', printed)


ENDS = [
    ("setTimeout(() => { throw new Error('late') }, 1)", "Error", "late", "Uncaught Exception", 129),
    (
        "Promise.reject(new Error('lost'))",
        "Runtime.UnhandledPromiseRejection",
        "Error: lost",
        "Unhandled Promise Rejection",
        128,
    ),
]


@pytest.mark.parametrize(("code", "error_type", "message", "title", "status"), ENDS)
def test_errors_nobody_caught_end_the_process(
    code: str, error_type: str, message: str, title: str, status: int
) -> None:
    handler = f"exports.handler = () => {{ {code}; return new Promise((r) => setTimeout(r, 10000)); }};"
    with running({"app.js": handler}, "app.handler", RUNTIME) as function:
        error = function.error({})
        printed = function.read_to_end()

        assert function.process.returncode == status
    assert (error["errorType"], error["errorMessage"]) == (error_type, message)
    assert error["trace"][0] == f"{error_type}: {message}"
    assert f"\tERROR\t{title} \t" in printed


CANNOT_BE_LOADED = [
    ("app", {}, "Runtime.MalformedHandlerName", "Bad handler"),
    ("../app.handler", {}, "Runtime.MalformedHandlerName", "'../app.handler' is not a valid handler name."),
    (
        "app.handler",
        {},
        "Runtime.ImportModuleError",
        "Error: Cannot find module 'app'\nRequire stack:\n- /var/runtime/index.mjs",
    ),
    (
        "app.handler",
        {"app.js": "require('nowhere')"},
        "Runtime.ImportModuleError",
        "Error: Cannot find module 'nowhere'\nRequire stack:",
    ),
    ("app.handler", {"app.mjs": "import 'nowhere'"}, "Error", "Cannot find package 'nowhere' imported from "),
    ("app.handler", {"app.js": ""}, "Runtime.HandlerNotFound", "app.handler is undefined or not exported"),
    ("app.handler", {"app.js": "exports.handler = 5"}, "Runtime.HandlerNotFound", "app.handler is not a function"),
    ("app.handler", {"app.js": "let ="}, "Runtime.UserCodeSyntaxError", "SyntaxError: "),
    ("app.handler", {"app.js": "throw new Error('at start')"}, "Error", "at start"),
]


@pytest.mark.parametrize(("handler", "files", "error_type", "message"), CANNOT_BE_LOADED)
def test_what_cannot_be_loaded_is_an_init_error(
    handler: str, files: dict[str, str], error_type: str, message: str
) -> None:
    with running(files, handler, RUNTIME) as function:
        error = function.init_error()
        printed = function.read_to_end()

        assert function.process.returncode == 129
    assert error["errorType"] == error_type
    assert error["errorMessage"].startswith(message)
    assert "\tundefined\tERROR\tUncaught Exception \t" in printed


def test_node_24_has_no_callbacks() -> None:
    code = "exports.handler = (event, context, callback) => callback();"
    variables = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}
    with running({"app.js": code}, "app.handler", RUNTIME, variables) as function:
        assert function.init_error()["errorType"] == "Runtime.CallbackHandlerDeprecated"


def test_lines_are_those_of_aws() -> None:
    code = "console.log('at start'); exports.handler = async () => { console.error('%s', 'far', { a: 1 }); };"
    with running({"app.js": code}, "app.handler", RUNTIME) as function:
        function.result({})
        first, second = function.end().splitlines()

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tundefined\tINFO\tat start", first)
    assert re.fullmatch(r"\S+Z\tr-1\tERROR\tfar \{ a: 1 \}", second)


def test_json_lines_have_levels_and_errors() -> None:
    code = """exports.handler = async () => {
      console.debug('quiet'); console.info({ a: 1 }); console.warn('two', new TypeError('t'));
      console.error(new RangeError('far')); throw new Error('end'); };"""
    variables = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}
    with running({"app.js": code}, "app.handler", RUNTIME, variables) as function:
        function.error({})
        info, warning, error, end = (json.loads(line) for line in function.end().splitlines())

    assert {**info, "timestamp": ""} == {"timestamp": "", "level": "INFO", "requestId": "r-1", "message": {"a": 1}}
    assert (warning["level"], warning["errorType"], warning["errorMessage"]) == ("WARN", "TypeError", "t")
    assert (error["message"]["errorType"], error["message"]["errorMessage"]) == ("RangeError", "far")
    assert end["message"]["errorMessage"] == "end"


STREAM = """
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
  if (event.raise === 'early') throw new Error('early');
  if (event.status) stream = awslambda.HttpResponseStream.from(stream, { statusCode: event.status, cookies: ['a=1'] });
  else stream.setContentType('text/plain');
  if (event.large) {
    await pipeline(Readable.from(Array(64).fill(Buffer.alloc(65536, 'x'))), stream);
    return;
  }
  stream.write('one ');
  await new Promise((resolve) => setTimeout(resolve, 10));
  stream.write({ two: 2 });
  if (event.raise === 'late') throw new TypeError('late');
  if (!event.open) stream.end();
});
"""


def test_responses_are_streamed() -> None:
    with running({"app.js": STREAM}, "app.handler", RUNTIME) as function:
        plain = function.invoke({})
        with_prelude = function.invoke({"status": 201})
        large = function.invoke({"large": True})

    assert plain.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert (plain.body, plain.headers["content-type"]) == (b'one {"two":2}', "text/plain")
    assert with_prelude.headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert with_prelude.body == b'{"statusCode":201,"cookies":["a=1"]}' + bytes(8) + b'one {"two":2}'
    assert large.body == b"x" * 65536 * 64


def test_streams_that_fail_say_so() -> None:
    with running({"app.js": STREAM}, "app.handler", RUNTIME) as function:
        early = function.error({"raise": "early"})
        late = function.invoke({"raise": "late"})
        still_open = function.invoke({"open": True})
        after = function.invoke({})

    assert (early["errorType"], early["errorMessage"]) == ("Error", "early")
    error = json.loads(base64.b64decode(late.trailers["lambda-runtime-function-error-body"]))
    assert late.body == b'one {"two":2}'
    assert (error["errorType"], error["errorMessage"]) == ("TypeError", "late")
    assert late.trailers["lambda-runtime-function-error-type"] == "TypeError"
    assert "lambda-runtime-function-error-type" in still_open.trailers
    assert after.body == b'one {"two":2}'


def test_modules_of_layers_are_found(tmp_path: Path) -> None:
    (tmp_path / "opt/nodejs/node_modules/dep").mkdir(parents=True)
    (tmp_path / "opt/nodejs/node_modules/dep/index.js").write_text("exports.where = 'layer';")
    (tmp_path / "code").mkdir()
    (tmp_path / "code/app.js").write_text("exports.handler = async () => require('dep').where;")
    place = Place(code=tmp_path / "code", task_root=str(tmp_path / "code"), opt=str(tmp_path / "opt"))

    with running({}, "app.handler", RUNTIME, place=place) as function:
        assert function.result({}) == "layer"


def test_a_debugger_is_waited_for() -> None:
    with running({"app.js": STREAM}, "app.handler", RUNTIME, debug_port=0) as function:
        assert function.process.stdout is not None
        lines = [function.process.stdout.readline().decode() for _ in range(3)]

    assert lines[0].startswith("Debugger listening on ws://127.0.0.1:")
    assert "node waits for an editor at 127.0.0.1:0\n" in lines
