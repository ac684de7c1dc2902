"""A function that runs under one of our runtimes against the small peer of the Runtime API."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from limen.functions.runtimes import SOCKET_VARIABLE, Command, Place, find_runtime
from tests.support.runtime_api_peer import TIMEOUT, Answer, RuntimeApiPeer


class RunningFunction:
    """A process of it; what it printed is known when it has ended."""

    def __init__(self, peer: RuntimeApiPeer, process: "subprocess.Popen[bytes]", code: Path) -> None:
        self.peer = peer
        self.code = code
        self.process = process

    def invoke(self, event: object, request_id: str = "r-1", **headers: str) -> Answer:
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.peer.invoke(payload, request_id, **headers)

    def result(self, event: object, **headers: str) -> Any:
        answer = self.invoke(event, **headers)
        assert answer.kind == "response", answer
        return json.loads(answer.body)

    def error(self, event: object, **headers: str) -> Any:
        answer = self.invoke(event, **headers)
        assert answer.kind == "error", answer
        return json.loads(answer.body)

    def init_error(self) -> Any:
        answer = self.peer.answers.get(timeout=TIMEOUT)
        assert answer.kind == "init/error", answer
        return json.loads(answer.body)

    def end(self) -> str:
        """Stop it and give what it printed."""
        self.process.terminate()
        return self.read_to_end()

    def read_to_end(self) -> str:
        printed, _ = self.process.communicate(timeout=TIMEOUT)
        return printed.decode()


@contextmanager
def running(
    files: Mapping[str, str],
    handler: str,
    runtime: str,
    variables: Mapping[str, str] | None = None,
    place: Place | None = None,
    is_own_socket: bool = True,
    overrides: Mapping[str, str] | None = None,
    debug_port: int | None = None,
    telemetry: int | None = None,
) -> Iterator[RunningFunction]:
    """Run code given as text by file name; `is_own_socket`: over the private Unix socket, else over TCP.

    `telemetry` is a descriptor for frames of log messages.
    """
    folder = Path(tempfile.mkdtemp(prefix="limen-fn-"))
    code = folder / "code"
    for name, text in files.items():
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text(text)
        if name == "bootstrap":
            (code / name).chmod(0o755)
    place = place or Place(code=code, task_root=str(code), opt=str(folder / "opt"))
    peer = RuntimeApiPeer(folder / "api.sock" if is_own_socket else None)
    given = {**known_variables(), **(variables or {})}
    command = find_runtime(runtime, overrides or {}).command(handler, place, given, debug_port)
    if telemetry is not None:
        given["_LAMBDA_TELEMETRY_LOG_FD"] = str(telemetry)
    process = start(command, given, place, peer, telemetry)
    try:
        yield RunningFunction(peer, process, code)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        peer.close()
        shutil.rmtree(folder)


def start(
    command: Command, variables: Mapping[str, str], place: Place, peer: RuntimeApiPeer, telemetry: int | None = None
) -> "subprocess.Popen[bytes]":
    address = {"AWS_LAMBDA_RUNTIME_API" if peer.path is None else SOCKET_VARIABLE: peer.address}
    return subprocess.Popen(
        command.argv,
        env={**command.defaults, **variables, **command.variables, **address},
        pass_fds=() if telemetry is None else (telemetry,),
        cwd=place.code if os.path.isdir(place.code) else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def known_variables() -> dict[str, str]:
    return {
        "AWS_LAMBDA_FUNCTION_NAME": "hello",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/hello",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/05/09/[$LATEST]abc",
        "AWS_REGION": "eu-west-1",
    }
