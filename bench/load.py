"""Load by wrk: one thread, keep-alive connections, figures read from a Lua report instead of from its prose."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from bench.processes import BenchError

CONNECTIONS = 32

REPORT = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\n@{"requests":%d,"seconds":%.6f,"failed":%d,"p50_ms":%.4f,"p99_ms":%.4f}\\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


class Load(Struct, frozen=True):
    """What the clients saw."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


class Request(Struct, frozen=True):
    """What each client sends, again and again: GET, or POST where there is a body, given or of so many bytes."""

    path: str
    headers: Mapping[str, str] = {}
    body_bytes: int = 0
    body: str = ""


def find_wrk() -> str:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise BenchError("wrk is missing. Debian, Ubuntu: apt install wrk. macOS: brew install wrk")
    return wrk


def run_wrk(
    base_url: str,
    request: Request,
    *,
    seconds: float,
    core: int,
    scratch: Path,
    connections: int = CONNECTIONS,
) -> Load:
    """`base_url` ends before the path; the Host header names localhost, as certificates and bare hosts do."""
    script = scratch / "wrk.lua"
    script.write_text(_script(request))
    port = base_url.rpartition(":")[2]
    headers = [f"-HHost: localhost:{port}", *(f"-H{name}: {value}" for name, value in request.headers.items())]
    command = ["taskset", "-c", str(core), find_wrk(), "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout=10s"]
    finished = subprocess.run(
        [*command, *headers, "-s", str(script), base_url + request.path],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    for line in finished.stdout.splitlines():
        if line.startswith("@"):
            return Load(**json.loads(line[1:]))
    raise BenchError(f"wrk said nothing about {base_url + request.path}: {finished.stdout}{finished.stderr}")


def _script(request: Request) -> str:
    if request.body:
        return f'wrk.method = "POST"\nwrk.body = [[{request.body}]]\n{REPORT}'
    if not request.body_bytes:
        return REPORT
    return f'wrk.method = "POST"\nwrk.body = string.rep("x", {request.body_bytes})\n{REPORT}'
