"""What functions do wrong, and what a client of each kind of API gets for it."""

import http.client
import shutil
from collections.abc import Iterator

import pytest

from tests.support.client import Answer
from tests.support.function_apis import KINDS, Front, create_function, open_front, open_rest_api
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.zips import make_zip

FAULTY = """
import base64, ctypes, json, os, subprocess, sys, time

def well(event, context):
    return {"statusCode": 200, "body": "well"}

def hang(event, context):
    import signal
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    while True:
        time.sleep(1)

def daemon(event, context):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    return well(event, context)

def leave(event, context):
    os._exit(3)

def write_7_mb(event, context):
    return {"statusCode": 200, "body": "x" * (7 << 20)}

def print_binary(event, context):
    sys.stdout.buffer.write(bytes(range(256)) * 64 + b"\\xff\\x00no end of line")
    return well(event, context)

def not_json(event, context):
    return {"statusCode": 200, "body": "a", "more": object()}

def segfault(event, context):
    ctypes.string_at(0)

def exhaust(event, context):
    taken = []
    while True:
        taken.append(bytes(range(256)) * (1 << 16))

def close_everything(event, context):
    os.closerange(0, 1024)
    return well(event, context)

def raise_deep(event, context):
    return raise_deep(event, context)

def told(event, context):
    return json.loads(event["body"])
"""
PACKAGE = make_zip(
    {"app.py": FAULTY, "raises.py": "1 / 0", "leaves.py": "import os; os._exit(4)", "syntax.py": "def ("}
)
EXITED = "Error: Runtime exited with error: "
FAILING = {
    "app.hang": "Task timed out after 1.00 seconds",
    "app.leave": EXITED + "exit status 3",
    "app.write_7_mb": "END RequestId: ",
    "app.not_json": "Runtime.MarshalError: Unable to marshal response",
    "app.segfault": EXITED + "signal: segmentation fault",
    "app.exhaust": "Runtime.OutOfMemory",
    "app.close_everything": EXITED,
    "app.raise_deep": "RecursionError: maximum recursion depth exceeded",
    "app.nowhere": "Runtime.HandlerNotFound: Handler 'nowhere' missing on module 'app'",
    "raises.handler": "ZeroDivisionError: division by zero",
    "leaves.handler": EXITED + "exit status 4",
    "syntax.handler": "Runtime.UserCodeSyntaxError: Syntax error in module 'syntax'",
    "missing.handler": "Runtime.ImportModuleError: Unable to import module 'missing'",
}
"""Handlers, and what their log says."""
SURVIVED = {"app.daemon": "REPORT RequestId: ", "app.print_binary": "no end of line"}

every_front = pytest.mark.parametrize("kind", KINDS)


def name_of(handler: str) -> str:
    return "fault-" + handler.replace(".", "-")


def create(limen: LimenProcess, handler: str, **fields: object) -> str:
    given = {"Handler": handler, "Timeout": 1 if handler == "app.hang" else 10, "MemorySize": 128, **fields}
    create_function(limen, name_of(handler), {"ZipFile": PACKAGE}, **given)
    return name_of(handler)


def assert_failed(answer: Answer, kind: str) -> None:
    if kind == "rest":
        assert (answer.status, answer.json) == (502, {"message": "Internal server error"})
    else:
        assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize("handler", FAILING)
def test_a_faulty_function_is_an_error_of_the_server(function_limen: LimenProcess, handler: str) -> None:
    name = create(function_limen, handler)

    for kind in KINDS if handler != "app.hang" else ("rest", "http-2.0"):
        assert_failed(open_front(function_limen, name, kind).get("/x"), kind)

    log = function_limen.command("logs", name).stdout
    assert FAILING[handler] in log
    assert log.count("REPORT RequestId: ") == (2 if handler == "app.hang" else 3)


@pytest.mark.parametrize("handler", SURVIVED)
def test_what_does_no_harm_is_no_error(function_limen: LimenProcess, handler: str) -> None:
    name = create(function_limen, handler)

    for kind in KINDS:
        front = open_front(function_limen, name, kind)
        assert [(front.get("/x").status, front.get("/x").body) for _ in range(2)] == [(200, b"well")] * 2

    assert SURVIVED[handler] in function_limen.command("logs", name).stdout


def test_a_gateway_that_waits_no_longer_lets_the_function_go_on(function_limen: LimenProcess) -> None:
    create_function(function_limen, "late", {"ZipFile": PACKAGE}, Handler="app.hang", Timeout=1)
    fronts = {kind: open_front(function_limen, "late", kind, timeoutInMillis=100) for kind in ("rest", "http-2.0")}

    late, unavailable = fronts["rest"].get("/x"), fronts["http-2.0"].get("/x")

    assert (late.status, late.json) == (504, {"message": "Endpoint request timed out"})
    assert (unavailable.status, unavailable.json) == (503, {"message": "Service Unavailable"})

    def has_timed_out() -> bool:
        return function_limen.command("logs", "late").stdout.count("Task timed out after 1.00 seconds") == 2

    wait_until(has_timed_out, 20, lambda: function_limen.command("logs", "late").stdout)


@pytest.fixture(scope="module")
def told(function_limen: LimenProcess) -> Iterator[dict[str, Front]]:
    """Of a function that answers what it is sent."""
    name = create(function_limen, "app.told")
    yield {kind: open_front(function_limen, name, kind) for kind in KINDS}


MALFORMED = [
    "null",
    '"text"',
    "[]",
    '{"statusCode": "many"}',
    '{"statusCode": 99}',
    '{"statusCode": 1000}',
    '{"statusCode": 200.5}',
    '{"statusCode": 200, "body": {"a": 1}}',
    '{"statusCode": 200, "headers": {"a": ["x"]}}',
    '{"statusCode": 200, "headers": {"a": "x\\r\\nb: c"}}',
    '{"statusCode": 200, "headers": {"a b": "x"}}',
    '{"statusCode": 200, "cookies": "a=b"}',
    '{"errorMessage": "as asked"}',
]
INFERRED = {"null", '"text"', "[]", '{"errorMessage": "as asked"}'}
"""What version 2.0 takes for a body."""
IGNORED_BY_1_0 = '{"statusCode": 200, "cookies": "a=b"}'


@every_front
@pytest.mark.parametrize("answer", MALFORMED)
def test_answers_of_other_shapes(told: dict[str, Front], answer: str, kind: str) -> None:
    got = told[kind].send("POST", "/x", {"Content-Type": "application/json"}, answer.encode())

    if kind == "http-2.0" and answer in INFERRED:
        expected = "text" if answer == '"text"' else answer
        assert (got.status, got.body, got.header("content-type")) == (200, expected.encode(), "application/json")
    elif kind == "http-1.0" and answer == IGNORED_BY_1_0:
        assert (got.status, got.header("set-cookie")) == (200, None)
    else:
        assert_failed(got, kind)


STREAMS = """
const { from } = awslambda.HttpResponseStream;
const stream = (handler) => awslambda.streamifyResponse(handler);
exports.early = stream(async () => { throw new Error('early'); });
exports.silent = stream(async (event, out) => out.end());
exports.bare = stream(async (event, out) => out.end('no metadata'));
exports.hang = stream(() => new Promise(() => {}));
exports.leave = stream(async (event, out) => {
  out = from(out, { statusCode: 200 });
  out.write('begun');
  setTimeout(() => process.exit(3), 50);
  await new Promise(() => {});
});
exports.large = stream(async (event, out) => {
  out = from(out, { statusCode: 200, headers: { 'content-type': 'application/octet-stream' } });
  for (let mb = 0; mb < 7; mb++) out.write(Buffer.alloc(1 << 20, 120));
  out.end();
});
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="streaming handlers are of Node.js, which is not here")
@pytest.mark.parametrize(
    ("handler", "status"), [("early", 502), ("silent", 500), ("bare", 500), ("hang", 502), ("large", 200)]
)
def test_streams_that_begin_late_or_never(function_limen: LimenProcess, handler: str, status: int) -> None:
    front = open_stream(function_limen, handler)

    answer = front.get("/x")

    assert answer.status == status
    assert answer.body == b"x" * (7 << 20) if status == 200 else answer.json == {"message": "Internal server error"}


@pytest.mark.skipif(shutil.which("node") is None, reason="streaming handlers are of Node.js, which is not here")
def test_a_stream_that_breaks_off_is_broken_off(function_limen: LimenProcess) -> None:
    response = open_stream(function_limen, "leave").stream("/x")

    assert response.status == 200
    with pytest.raises(http.client.IncompleteRead) as broken:
        response.read()

    assert broken.value.partial == b"begun"
    assert "Status: error\tError Type: Runtime." in function_limen.command("logs", "stream-leave").stdout


def open_stream(limen: LimenProcess, handler: str) -> Front:
    given = {"Runtime": "nodejs20.x", "Handler": f"app.{handler}", "Timeout": 1}
    create_function(limen, f"stream-{handler}", {"ZipFile": make_zip({"app.js": STREAMS})}, **given)
    return open_rest_api(limen, f"stream-{handler}", responseTransferMode="STREAM")
