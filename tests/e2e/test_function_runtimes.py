"""What runs a function, end to end behind an API: AWS's own runtime clients, streams, layers, debuggers, commands."""

import http.client
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.test_aws_cli import aws
from tests.support.debug_adapter import Editor
from tests.support.function_apis import KINDS, create_function, open_front, open_rest_api, write_code
from tests.support.limen_process import LimenProcess, limen_command, wait_until
from tests.support.node_inspector import Inspector
from tests.support.node_packages import node_modules
from tests.support.zips import make_zip

every_front = pytest.mark.parametrize("kind", KINDS)

PYTHON_ECHO = """
import logging
def handler(event, context):
    logging.warning("seen")
    if event["path" if "path" in event else "rawPath"] == "/raise":
        raise ValueError("as asked")
    return {"statusCode": 201, "headers": {"x-function": context.function_name}, "body": event["body"]}
"""
NODE_ECHO = """
exports.handler = async (event, context) => {
  console.log('seen');
  if ((event.path ?? event.rawPath) === '/raise') throw new TypeError('as asked');
  return { statusCode: 201, headers: { 'x-function': context.functionName }, body: event.body };
};
"""
STREAMING = """
const net = require('node:net');
const gate = (port) => new Promise((resolve) => net.connect(port, '127.0.0.1').on('close', resolve).resume());
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const { port, fail } = event.queryStringParameters;
  const metadata = { statusCode: 203, headers: { 'x-a': 'b' }, cookies: ['c=d', 'e=f'] };
  stream = awslambda.HttpResponseStream.from(stream, metadata);
  for (const part of ['one ', 'two ', 'three ']) {
    stream.write(part);
    await gate(port);
    if (fail && part === 'two ') throw new Error('as asked');
  }
  stream.end('end');
});
"""


@pytest.fixture(scope="module")
def awslambdaric(function_limen: LimenProcess, tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("awslambdaric")
    bootstrap = f'#!/bin/sh\nexec {sys.executable} -m awslambdaric "$_HANDLER"\n'
    code = write_code(tmp_path_factory.mktemp("ric"), {"bootstrap": bootstrap, "app.py": PYTHON_ECHO})
    create_function(function_limen, "awslambdaric", code, Runtime="provided.al2023")
    return "awslambdaric"


@pytest.fixture(scope="module")
def node_ric(function_limen: LimenProcess, tmp_path_factory: pytest.TempPathFactory) -> str:
    client = node_modules(builds_native=True) / "node_modules/aws-lambda-ric/index.mjs"
    files = {"bootstrap": f"#!/bin/sh\nexec node {client}\n", "app.js": NODE_ECHO, "stream.js": STREAMING}
    code = write_code(tmp_path_factory.mktemp("node-ric"), files)
    create_function(function_limen, "node-ric", code, Runtime="provided.al2023")
    create_function(function_limen, "node-ric-stream", code, Runtime="provided.al2023", Handler="stream.handler")
    return "node-ric"


@pytest.mark.timeout(900)
@every_front
@pytest.mark.parametrize("client", ["awslambdaric", "node_ric"])
def test_runtime_clients_of_aws_serve_apis(
    function_limen: LimenProcess, client: str, kind: str, request: pytest.FixtureRequest
) -> None:
    name = request.getfixturevalue(client)
    front = open_front(function_limen, name, kind)

    answer = front.send("POST", "/pets", {"Content-Type": "text/plain"}, "für".encode())

    assert (answer.status, answer.body.decode(), answer.header("x-function")) == (201, "für", name), answer
    assert front.get("/raise").status == (502 if kind == "rest" else 500)
    assert front.send("POST", "/again", {"Content-Type": "text/plain"}, b"again").body == b"again"
    log = function_limen.command("logs", name).stdout
    assert "seen" in log
    assert "REPORT RequestId: " in log
    assert "as asked" in log


class Gate:
    """What the functions under test wait at."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self.port = self._listener.getsockname()[1]

    def let_one_pass(self) -> None:
        connection, _ = self._listener.accept()
        connection.sendall(b"go")
        connection.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["streaming", "node-ric-stream"])
def test_pieces_arrive_while_the_function_still_runs(
    function_limen: LimenProcess, gate: Gate, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if name == "streaming":
        create_function(function_limen, name, write_code(tmp_path, {"app.js": STREAMING}), Runtime="nodejs20.x")
    else:
        request.getfixturevalue("node_ric")
    front = open_rest_api(function_limen, name, responseTransferMode="STREAM")

    response = front.stream(f"/x?port={gate.port}")
    pieces = []
    for _ in range(3):
        pieces.append(response.read1())
        gate.let_one_pass()
    pieces.append(response.read())

    assert (response.status, response.headers["x-a"]) == (203, "b")
    assert response.headers.get_all("set-cookie") == ["c=d", "e=f"]
    assert pieces == [b"one ", b"two ", b"three ", b"end"]

    broken = front.stream(f"/x?fail=1&port={gate.port}")
    assert broken.read1() == b"one "
    gate.let_one_pass()
    assert broken.read1() == b"two "
    gate.let_one_pass()
    with pytest.raises((OSError, http.client.HTTPException)):
        broken.read()


def test_layers_are_laid_over_each_other(function_limen: LimenProcess) -> None:
    functions = function_limen.client("lambda")
    layers = []
    for number, files in enumerate(
        [
            {"python/shared.py": "NAME = 'first'", "bin/greet": "#!/bin/sh\necho first", "data": "first"},
            {"python/shared.py": "NAME = 'second'"},
        ]
    ):
        published = functions.publish_layer_version(LayerName=f"layer-{number}", Content={"ZipFile": make_zip(files)})
        layers.append(published["LayerVersionArn"])
    code = "import shared\ndef handler(event, context):\n    return shared.NAME + open('/opt/data').read()\n"
    create_function(function_limen, "layered", {"ZipFile": make_zip({"app.py": code})}, Layers=layers)

    assert open_front(function_limen, "layered", "http-2.0").get("/x").body == b"secondfirst"


COMMANDS = """
def handler(event, context):
    print("called with", event.get("version"), event.get("path") or event.get("rawPath"))
    if event.get("fail"):
        raise ValueError("as asked")
    return {"statusCode": 200, "body": "pets"}
"""


@pytest.fixture(scope="module")
def commanded(function_limen: LimenProcess, tmp_path_factory: pytest.TempPathFactory) -> str:
    create_function(function_limen, "commanded", write_code(tmp_path_factory.mktemp("code"), {"app.py": COMMANDS}))
    return "commanded"


def piped(limen: LimenProcess, line: str) -> "subprocess.CompletedProcess[str]":
    """A line of a shell, in which `limen` is the command."""
    limen_ = limen_command()
    return subprocess.run(
        ["sh", "-c", re.sub(r"\blimen\b", limen_, line)],
        env=limen.environment, cwd=limen.directory, capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "logged"),
    [
        ("apigateway-proxy --path /pets --method POST", "called with None /pets"),
        ("http-api --path /pets", "called with 2.0 /pets"),
    ],
)
def test_sample_events_are_piped_to_a_function(
    function_limen: LimenProcess, commanded: str, kind: str, logged: str
) -> None:
    finished = piped(function_limen, f"limen event {kind} | limen invoke {commanded} --event -")

    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == {"statusCode": 200, "body": "pets"}
    assert logged in finished.stderr


def test_a_failed_invocation_fails_the_command(function_limen: LimenProcess, commanded: str) -> None:
    (function_limen.directory / "event.json").write_text('{"fail": true}')

    finished = piped(function_limen, f"limen invoke {commanded} --event event.json")

    assert finished.returncode == 1
    assert json.loads(finished.stdout)["errorMessage"] == "as asked"
    assert "ValueError" in finished.stderr


def test_logs_are_followed_while_requests_come(function_limen: LimenProcess, commanded: str) -> None:
    front = open_front(function_limen, commanded, "http-2.0")
    with subprocess.Popen(
        [limen_command(), "logs", commanded, "--follow"],
        env=function_limen.environment, cwd=function_limen.directory, stdout=subprocess.PIPE, text=True,
    ) as following:  # fmt: skip
        assert following.stdout is not None
        try:
            front.get("/first")
            for line in following.stdout:
                if "/first" in line:
                    break
            front.get("/second")
            for line in following.stdout:
                if "/second" in line:
                    break
            assert any("REPORT RequestId" in line for line in following.stdout)
        finally:
            following.terminate()


def test_the_aws_command_invokes(function_limen: LimenProcess, commanded: str) -> None:
    out = function_limen.directory / "out.json"

    printed = aws(
        function_limen,
        f'invoke --function-name {commanded} --payload \'{{"path": "/cli"}}\' --log-type Tail {out}',
        "lambda",
    )

    assert json.loads(out.read_text()) == {"statusCode": 200, "body": "pets"}
    assert (json.loads(printed)["StatusCode"], json.loads(printed)["ExecutedVersion"]) == (200, "$LATEST")


def test_an_editor_stops_python_at_a_breakpoint(function_limen: LimenProcess, tmp_path: Path) -> None:
    pytest.importorskip("debugpy")
    code = "def handler(event, context):\n    pets = ['tom']\n    return pets\n"
    create_function(function_limen, "debugged-python", write_code(tmp_path, {"app.py": code}), Timeout=1)
    front = open_front(function_limen, "debugged-python", "http-2.0")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(front.get, "/x")
        port, root = where_to_attach(function_limen, "debugged-python")
        editor = Editor(port, {str(tmp_path): root})
        editor.stop_at(tmp_path / "app.py", 3)

        assert editor.wait_for_stop() == 3
        assert answer.result().json == ["tom"]
        editor.close()


def test_an_editor_stops_node_at_a_breakpoint(function_limen: LimenProcess, tmp_path: Path) -> None:
    code = "exports.handler = async () => {\n  const pets = ['tom'];\n  return pets;\n};\n"
    given = write_code(tmp_path, {"app.js": code})
    create_function(function_limen, "debugged-node", given, Timeout=1, Runtime="nodejs20.x")
    front = open_front(function_limen, "debugged-node", "http-2.0")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(front.get, "/x")
        port, root = where_to_attach(function_limen, "debugged-node")
        inspector = Inspector(port)
        inspector.stop_at(f"file://{root}/app.js", 3)

        assert inspector.wait_for_stop() == 3
        assert answer.result().json == ["tom"]
        inspector.close()


def where_to_attach(limen: LimenProcess, name: str) -> tuple[int, str]:
    """As the log of the server says: the port, and the folder of the code as its process knows it."""
    line = re.compile(rf"{name}: attach a debugger \(\w+\) to 127\.0\.0\.1:(\d+)(?:; (\S+) is)?")
    wait_until(lambda: line.search(limen.log) is not None, 20, lambda: f"no debugger: {limen.log}")
    found = line.search(limen.log)
    assert found is not None
    wait_until(
        lambda: f"127.0.0.1:{found[1]}\n" in limen.command("logs", name, check=False).stdout,
        20,
        lambda: "it does not wait",
    )
    return int(found[1]), found[2]
