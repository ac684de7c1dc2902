"""Microseconds for a mapping template, in process: Limen against airspeed and, in Node, velocityjs; parses cached."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import airspeed
import orjson

from bench.peers import SCRATCH
from bench.processes import BenchError
from bench.report import Row, ratio_row, row
from bench.rest_api import PASSTHROUGH
from bench.rounds import Options
from limen.templates.template import compile_template
from limen.templates.values import LazyMap
from limen.templates.variables import Input, Scope

RENDERS = 300
ROUNDS = 15
VELOCITYJS = "velocityjs@2.1.7"
AT_LEAST = {"airspeed": ">= 10", "velocityjs": ">= 2"}

Render = Callable[[int], float]
"""Renders so many times; answers microseconds for one."""


def measure_templates(options: Options) -> list[Row]:
    rounds = options.rounds_or(ROUNDS)
    rows: list[Row] = []
    with _velocityjs() as node:
        for name, (template, body) in {
            "passthrough": (PASSTHROUGH, SMALL_BODY),
            "foreach of 50": (FOREACH, LARGE_BODY),
        }.items():
            limen, airspeed_ = _limen(template, body), _airspeed(template, body)
            rows.append(_compare(f"{name}: airspeed to Limen", airspeed_, limen, rounds, AT_LEAST["airspeed"]))
            metric = f"{name}: velocityjs to Limen"
            if node is None:
                rows.append(row("templates", f"{metric} (skipped: no Node with {VELOCITYJS})", 0, ""))
            else:
                rows.append(_compare(metric, _in_node(node, template, body), limen, rounds, AT_LEAST["velocityjs"]))
    return rows


def _compare(metric: str, peer: Render, limen: Render, rounds: int, target: str) -> Row:
    for render in (peer, limen):
        render(RENDERS)  # warms up, Node's compiler too
    pairs = [(peer(RENDERS), limen(RENDERS)) for _ in range(rounds)]
    return ratio_row("templates", metric, [first for first, _ in pairs], [us for _, us in pairs], "us", target=target)


def _timed(render: Callable[[], str], output: Any) -> Render:
    """Of a renderer that is right: its output has to be the JSON that Limen's is."""
    if orjson.loads(render()) != output:
        raise BenchError("the engines do not render the same")

    def run(renders: int) -> float:
        began = time.perf_counter_ns()
        for _ in range(renders):
            render()
        return (time.perf_counter_ns() - began) / 1000 / renders

    return run


def _limen(template: str, body: str) -> Render:
    render = _limen_renderer(template, body)
    return _timed(render, orjson.loads(render()))


def _limen_renderer(template: str, body: str) -> Callable[[], str]:
    compiled = compile_template(template, "bench")

    def render() -> str:
        return compiled.render(Scope(Input(body, lambda: PARAMETERS), LazyMap(CONTEXT.get), STAGE))

    return render


class _Input:
    """`$input` for airspeed, which calls methods of Python."""

    def __init__(self, body: str) -> None:
        self.body = body

    def path(self, _: str) -> Any:
        return orjson.loads(self.body)

    def json(self, _: str) -> str:
        return orjson.dumps(orjson.loads(self.body)).decode()

    def params(self) -> Any:
        return PARAMETERS


class _Util:
    _escaped = re.compile(r"[^ !#-&(-.0-\[\]-\x7f]")

    def escapeJavaScript(self, text: Any) -> str:  # noqa: N802 - the name that templates call
        return self._escaped.sub(lambda match: "\\" + match[0], str(text))


def _airspeed(template: str, body: str) -> Render:
    parsed = airspeed.Template(template)

    def render() -> str:
        seen = {"input": _Input(body), "util": _Util(), "context": CONTEXT, "stageVariables": STAGE}
        return str(parsed.merge(seen))

    return _timed(render, orjson.loads(_limen_renderer(template, body)()))


Node = subprocess.Popen[str]


@contextmanager
def _velocityjs() -> Iterator[Node | None]:
    """A Node that renders; None where there is no Node, or no package."""
    package = _install()
    if package is None:
        yield None
        return
    script = Path(__file__).with_suffix("").with_name("velocityjs.cjs")
    with subprocess.Popen(
        ["node", script, package], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _install() -> Path | None:
    directory = SCRATCH / "velocityjs"
    package = directory / "node_modules" / "velocityjs"
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    if not package.exists():
        directory.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", VELOCITYJS]
        installed = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
        if installed.returncode != 0:
            return None
    return package


def _in_node(node: Node, template: str, body: str) -> Render:
    variables = {"params": PARAMETERS, "context": CONTEXT, "stageVariables": STAGE}
    asked = {"template": template, "body": body, "variables": variables}
    if orjson.loads(_ask(node, {**asked, "renders": 1})["output"]) != orjson.loads(_limen_renderer(template, body)()):
        raise BenchError("velocityjs does not render what Limen renders")
    return lambda renders: float(_ask(node, {**asked, "renders": renders})["us"])


def _ask(node: Node, question: dict[str, Any]) -> dict[str, Any]:
    assert node.stdin is not None and node.stdout is not None
    node.stdin.write(json.dumps(question) + "\n")
    node.stdin.flush()
    answer: dict[str, Any] = json.loads(node.stdout.readline() or "{}")
    if "us" not in answer:
        raise BenchError("velocityjs ended")
    return answer


_IDENTITY = ("accountId", "apiKey", "caller", "sourceIp", "user", "userAgent", "userArn")
CONTEXT: dict[str, Any] = {
    "identity": dict.fromkeys(_IDENTITY, "") | {"sourceIp": "192.0.2.1", "userAgent": "curl/8.0"},
    "authorizer": {"principalId": ""},
    **{name: f"the-{name}" for name in ("apiId", "httpMethod", "stage", "requestId", "resourceId", "resourcePath")},
}
PARAMETERS = {
    "path": {"id": "42", "proxy": "a/b"},
    "querystring": {"page": "2", "q": "a b"},
    "header": {
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Content-Type": "application/json",
        "Host": "abcdefghij.execute-api.us-east-1.localhost:8443",
        "User-Agent": "curl/8.0",
        "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
    },
}
STAGE = {"environment": "production", "function": "orders"}
SMALL_BODY = json.dumps({"order": {"id": 7, "items": [{"sku": "a", "count": 2}], "note": "by the door"}})
LARGE_BODY = json.dumps(
    {
        "bins": [
            {"type": f"apples {number}", "price": number + 0.25, "unit": "pound", "quantity": number}
            for number in range(50)
        ]
    }
)

FOREACH = """#set($inputRoot = $input.path('$'))
{
  "choices": [
#foreach($elem in $inputRoot.bins)
    {
      "kind": "$util.escapeJavaScript($elem.type)",
      "suggestedPrice": "$elem.price per $elem.unit",
      #if($elem.quantity > 10)"isPlenty": true,#end
      "available": $elem.quantity
    }#if($foreach.hasNext),#end

#end
  ]
}
"""
