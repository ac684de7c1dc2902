"""serverless-offline as the peer of Node functions, from npm, in its default mode (a worker thread for each function).

Version 14 under the Serverless Framework 3: later ones of the framework download a binary when they start.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from bench.client import free_port
from bench.functions import TRIVIAL
from bench.processes import BenchError, Running

PACKAGES = ("serverless@3", "serverless-offline@14.8.2")

SERVICE = """
service: bench
frameworkVersion: "3"
provider: {name: aws, runtime: nodejs20.x}
plugins: [serverless-offline]
functions:
  hello:
    handler: app.handler
    events: [{httpApi: {method: GET, path: /hello}}]
"""


def install_serverless_offline(directory: Path) -> None:
    """Into `directory`, once; raises BenchError where npm is missing or fails."""
    npm = shutil.which("npm")
    if npm is None:
        raise BenchError("npm is missing: Node functions are compared with serverless-offline from npm")
    if (directory / "node_modules" / "serverless-offline").is_dir():
        return
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "package.json").write_text('{"private": true}\n')
    command = [npm, "install", "--no-audit", "--no-fund", "--legacy-peer-deps", *PACKAGES]
    print("  installing serverless-offline ...", file=sys.stderr, flush=True)
    finished = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=600, check=False)
    if finished.returncode != 0:
        shutil.rmtree(directory, ignore_errors=True)
        raise BenchError(f"npm could not install serverless-offline: {finished.stderr[-500:]}")


def start_serverless_offline(directory: Path) -> tuple[Running, int]:
    """The running peer and its port."""
    name, source = TRIVIAL["nodejs20.x"]
    (directory / "serverless.yml").write_text(SERVICE)
    (directory / name).write_text(source)
    port, lambda_port = free_port(), free_port()
    command: list[str | Path] = [
        *("node", directory / "node_modules" / "serverless" / "bin" / "serverless.js", "offline", "start"),
        *(f"--httpPort={port}", f"--lambdaPort={lambda_port}", "--noPrependStageInUrl"),
    ]
    environment = {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "PWD": str(directory)}
    return Running(command, directory / "output.log", environment, directory), port
