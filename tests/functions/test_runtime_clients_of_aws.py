"""AWS's own runtime clients, unchanged, on the commands and variables of our environments."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from tests.support.node_packages import node_modules
from tests.support.running_function import running

PYTHON_BOOTSTRAP = f"""#!/bin/sh
exec {sys.executable} -m awslambdaric "$_HANDLER"
"""

PYTHON_HANDLER = """
import logging
def handler(event, context):
    logging.warning("seen")
    if event == "raise":
        raise ValueError("no pets")
    return {"got": event, "name": context.function_name, "left": context.get_remaining_time_in_millis() > 0}
"""

NODE_HANDLER = """
exports.handler = async (event, context) => {
  console.log('seen');
  if (event === 'raise') throw new TypeError('no pets');
  return { got: event, name: context.functionName, left: context.getRemainingTimeInMillis() > 0 };
};
exports.stream = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });
  stream.write('one ');
  stream.end('two');
});
"""


def test_awslambdaric_runs_as_a_custom_runtime() -> None:
    pytest.importorskip("awslambdaric")
    own_version = "python{}.{}".format(*sys.version_info)
    files = {"bootstrap": PYTHON_BOOTSTRAP, "app.py": PYTHON_HANDLER}
    variables = {"AWS_EXECUTION_ENV": f"AWS_Lambda_{own_version}"}
    with running(files, "app.handler", "provided.al2023", variables, is_own_socket=False) as function:
        assert function.result({"a": "ü"}) == {"got": {"a": "ü"}, "name": "hello", "left": True}
        theirs = function.error("raise")
        printed = function.end()

    assert "[WARNING]" in printed
    with running({"app.py": PYTHON_HANDLER}, "app.handler", own_version) as function:
        function.result({"a": "ü"})
        ours = function.error("raise")
    assert without_folders(ours) == without_folders(theirs)


SAME_ERRORS = [
    ("app", ""),
    ("app.handler", "import nowhere"),
    ("app.handler", "def handler(:"),
    ("app.other", ""),
    ("sys.exit", ""),
    ("app.handler", "1 / 0"),
]


@pytest.mark.parametrize(("handler", "code"), SAME_ERRORS)
def test_our_python_fails_in_the_words_of_awslambdaric(handler: str, code: str) -> None:
    if importlib.util.find_spec("awslambdaric") is None:
        pytest.skip("awslambdaric is not installed")
    own_version = "python{}.{}".format(*sys.version_info)
    files = {"bootstrap": PYTHON_BOOTSTRAP, "app.py": code}
    with running(files, handler, "provided.al2023", is_own_socket=False) as function:
        theirs = function.init_error()
    with running(files, handler, own_version) as function:
        ours = function.init_error()

    assert without_folders(ours) == without_folders(theirs)


@pytest.mark.timeout(900)
def test_aws_lambda_ric_runs_as_a_custom_runtime(tmp_path: Path) -> None:
    client = node_modules(builds_native=True) / "node_modules/aws-lambda-ric/index.mjs"
    files = {"bootstrap": f"#!/bin/sh\nexec node {client}\n", "app.js": NODE_HANDLER}
    with running(files, "app.handler", "provided.al2023", is_own_socket=False) as function:
        assert function.result({"a": "ü"}) == {"got": {"a": "ü"}, "name": "hello", "left": True}
        theirs = function.error("raise")
        assert "\tr-1\tINFO\tseen" in function.end()
    with running(files, "app.stream", "provided.al2023", is_own_socket=False) as function:
        streamed = function.invoke({})

    with running(files, "app.handler", "nodejs20.x") as function:
        ours = function.error("raise")
    with running(files, "app.stream", "nodejs20.x") as function:
        ours_streamed = function.invoke({})
    assert {**ours, "trace": ours["trace"][0]} == {**theirs, "trace": theirs["trace"][0]}
    assert (ours_streamed.body, ours_streamed.headers["content-type"]) == (
        streamed.body,
        streamed.headers["content-type"],
    )


def without_folders(error: dict[str, object]) -> dict[str, object]:
    """An error without the names of temporary folders."""
    text = json.dumps(error)
    for part in text.split('"'):
        folder = part.strip("\\")
        if folder.startswith("/tmp/limen-fn-"):
            text = text.replace(folder.rsplit("/", 1)[0], "code")
    parsed: dict[str, object] = json.loads(text)
    return parsed
