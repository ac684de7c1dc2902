"""A real `limen serve` in processes of its own: free ports, its own data directory, stopped when the test is over."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from limen.data_dir import DataDirectory
from tests.support.client import Answer, Client

ACCESS_KEY_ID = "AKIDLIMENTEST0000000"
SECRET_ACCESS_KEY = "a-secret-of-the-tests-alone"
START_TIMEOUT = 30.0


class LimenProcess:
    """Started and ready when made; raises AssertionError with its log when it does not get there."""

    def __init__(
        self,
        directory: Path,
        *arguments: str | Path,
        workers: int = 1,
        wait: bool = True,
        environment: dict[str, str] | None = None,
    ) -> None:
        """`environment` is put over the usual one."""
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.port = self.admin_port = 0  # until it is ready
        self.data_directory = directory / "data"
        self.log_file = directory / "limen.log"
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [limen_command(), "serve", *map(str, arguments), f"--workers={workers}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment | (environment or {}),
                cwd=directory,
            )
        self._client: Client | None = None
        if wait:
            self.wait_until_ready()

    @property
    def environment(self) -> dict[str, str]:
        """For this server and for commands that talk to it."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LIMEN_"))},
            "LIMEN_PORT": "0",  # any that is free; other commands learn it from the data directory
            "LIMEN_ADMIN_PORT": "0",
            "LIMEN_CLUSTER_PORT": "0",
            "LIMEN_DATA_DIR": str(self.data_directory),
            "LIMEN_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "LIMEN_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "COLUMNS": "200",
        }

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def admin_url(self) -> str:
        return f"https://localhost:{self.admin_port}"

    @property
    def ca(self) -> Path:
        return self.data_directory / "ca.pem"

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def client(self, service: str = "apigatewayv2", **options: Any) -> Any:
        """A boto3 client of the admin port."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            service,
            **{
                "region_name": "us-east-1",
                "endpoint_url": self.admin_url,
                "verify": str(self.ca),
                "aws_access_key_id": ACCESS_KEY_ID,
                "aws_secret_access_key": SECRET_ACCESS_KEY,
                "config": Config(retries={"total_max_attempts": 1}, read_timeout=20),
                **options,
            },
        )

    def host_of(self, api_id: str) -> str:
        return f"{api_id}.execute-api.us-east-1.localhost"

    def caller(self, api_id: str | None = None) -> Client:
        """A connection of its own to an API by its host; to the bare host without one."""
        return Client(self.port, self.ca, self.host_of(api_id) if api_id else "localhost")

    def admin(self) -> Client:
        return Client(self.admin_port, self.ca)

    def get(self, path: str, **headers: str) -> Answer:
        """On the bare host."""
        if self._client is None:
            self._client = self.caller()
        return self._client.get(path, **headers)

    def command(
        self, *arguments: str | Path, check: bool = True, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Another `limen` command for this server; `environment` is put over the usual one."""
        return subprocess.run(
            [limen_command(), *map(str, arguments)],
            env=self.environment | (environment or {}),
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=30,
            check=check,
        )

    def worker_pids(self) -> list[int]:
        return self.pids_of("limen.worker")

    def control_pids(self) -> list[int]:
        return self.pids_of("limen.controller")

    def pids_of(self, module: str) -> list[int]:
        return [pid for pid in _children(self.process.pid) if module in _command_line(pid)]

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait_until_ready(self) -> None:
        wait_until(self._is_ready, START_TIMEOUT, lambda: f"limen is not ready: {self.log}")

    def wait_for_log(self, text: str, timeout: float = 10.0) -> None:
        wait_until(lambda: text in self.log, timeout, lambda: f"{text!r} is not in the log: {self.log}")

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, f"limen ended with {self.process.returncode}: {self.log}"
        ports = DataDirectory(self.data_directory).find_ports()
        if ports is None:
            return False
        self.port, self.admin_port = ports.api, ports.admin
        client = self.admin()
        try:
            return client.get("/readyz").status == 200
        except OSError:
            return False
        finally:
            client.close()

    def stop(self, timeout: float = 20.0) -> int:
        """SIGTERM; the exit code. What does not end is killed and fails the test."""
        if self._client is not None:
            self._client.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            for pid in [*_children(self.process.pid), self.process.pid]:
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
            raise AssertionError(f"limen did not stop within {timeout} s: {self.log}") from None


def limen_command() -> str:
    return str(Path(sys.executable).with_name("limen"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_so: Callable[[], bool], timeout: float, describe: Callable[[], str]) -> float:
    """Seconds that it took; AssertionError with the description when it does not come true."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < timeout, describe()
        time.sleep(0.01)
    return time.monotonic() - began


def _children(pid: int) -> list[int]:
    """All processes below `pid`, by their parents as ps tells them (works on Linux and macOS)."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    found = [pid]
    for parent in found:
        found += [child for child, its_parent in parents.items() if its_parent == parent]
    return found[1:]


def _command_line(pid: int) -> str:
    return subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
