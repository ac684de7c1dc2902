"""Limen under test: one command, its own data directory, its processes told apart, its APIs changed through boto3."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from bench.client import Probe, free_port
from bench.processes import BenchError, Running, command_of

ACCESS_KEY_ID = "LIMENBENCH0000000000"
SECRET_ACCESS_KEY = "limen-bench-only"  # the server lives for one scenario on the loopback interface


class LimenServer:
    """`limen serve` with free ports. `api_file` None: nothing is served at first."""

    name = "limen"

    def __init__(
        self,
        directory: Path,
        api_file: Path | None = None,
        *,
        workers: int = 1,
        arguments: Any = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.port, self.admin_port = free_port(), free_port()
        self.data_directory = directory / "data"
        self.running = Running(
            [
                Path(sys.executable).with_name("limen"),
                "serve",
                *([api_file] if api_file else []),
                f"--workers={workers}",
                f"--port={self.port}",
                f"--admin-port={self.admin_port}",
                f"--data-dir={self.data_directory}",
                *arguments,
            ],
            directory / "limen.log",
            {
                "LIMEN_ACCESS_KEY_ID": ACCESS_KEY_ID,
                "LIMEN_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
                **(environment or {}),
            },
        )

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        probe = Probe(self.admin_port)
        self.running.wait_until(lambda: probe.answers("/readyz"))
        probe.close()

    def host_of(self, api_id: str) -> str:
        return f"{api_id}.execute-api.us-east-1.localhost:{self.port}"

    def worker_pids(self) -> list[int]:
        workers = [pid for pid in self.running.tree() if "limen.worker" in command_of(pid)]
        if not workers:
            raise BenchError(f"limen runs no worker: {self.running.last_words()}")
        return workers

    def client(self, service: str = "apigatewayv2") -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=f"https://localhost:{self.admin_port}",
            verify=str(self.data_directory / "ca.pem"),
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def stop(self) -> None:
        self.running.stop()


def proxy_api(backend: int) -> dict[str, Any]:
    """The OpenAPI document of the scenarios that compare proxies."""
    base = f"http://127.0.0.1:{backend}"
    return {
        "openapi": "3.0.1",
        "info": {"title": "bench", "version": "1.0"},
        "paths": {
            "/orders/{id}": {"get": integration(f"{base}/v1/orders/{{id}}", "GET")},
            "/download/{name}": {"get": integration(f"{base}/download/{{name}}", "GET")},
            "/upload": {"post": integration(f"{base}/upload", "POST")},
        },
    }


def integration(uri: str, method: str) -> dict[str, Any]:
    return {
        "responses": {"default": {"description": "what the backend answers"}},
        "x-amazon-apigateway-integration": {
            "type": "http_proxy",
            "httpMethod": method,
            "uri": uri,
            "payloadFormatVersion": "1.0",
        },
    }


def write_api(document: dict[str, Any], path: Path) -> Path:
    path.write_text(json.dumps(document))
    return path
