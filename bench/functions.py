"""Functions that scenarios measure: their code, how they are created, and the HTTP API in front of one."""

import io
import zipfile
from typing import Any

from bench.client import Probe
from bench.limen_server import LimenServer

ROLE = "arn:aws:iam::000000000000:role/bench"

TRIVIAL = {
    "python3.11": ("app.py", "def handler(event, context):\n    return {'statusCode': 200, 'body': 'ok'}\n"),
    "nodejs20.x": ("app.js", "exports.handler = async () => ({ statusCode: 200, body: 'ok' });\n"),
}
"""File and source by runtime."""

WAITING = (
    "import time\n\n\ndef handler(event, context):\n    time.sleep(0.1)\n    return {'statusCode': 200, 'body': 'ok'}\n"
)


def zipped(name: str, source: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, source)
    return packed.getvalue()


def create_function(server: LimenServer, name: str, runtime: str = "python3.11", source: str = "", **more: Any) -> str:
    """Its ARN; the trivial handler of the runtime where no `source` is given. `more` as CreateFunction has it."""
    file, trivial = TRIVIAL[runtime]
    code = more.pop("Code", None) or {"ZipFile": zipped(file, source or trivial)}
    created = server.client("lambda").create_function(
        FunctionName=name, Runtime=runtime, Handler="app.handler", Role=ROLE, Code=code, **more
    )
    return str(created["FunctionArn"])


def create_api(server: LimenServer, arn: str) -> str:
    """The host of an HTTP API whose every request goes to a function, which lets it."""
    api_id = server.client().create_api(Name=arn.rpartition(":")[2], ProtocolType="HTTP", Target=arn)["ApiId"]
    server.client("lambda").add_permission(
        FunctionName=arn,
        StatementId="bench",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{api_id}/*",
    )
    return server.host_of(str(api_id))


def wait_for_answer(server: LimenServer, host: str, path: str = "/hello") -> None:
    """Until the function behind a host answers for the first time."""
    probe = Probe(server.port, host)
    server.running.wait_until(lambda: probe.answers(path), timeout=30)
    probe.close()
