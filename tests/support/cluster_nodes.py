"""Several real `limen serve` on one PostgreSQL, as nodes of one cluster."""

import json
import signal
from pathlib import Path
from typing import Any

from tests.support.limen_process import LimenProcess, wait_until

READY = {"ready": True, "workers": 1, "expected": 1}


class Nodes:
    """They share a database and the file of a key; each has a directory of its own below `directory`."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory = directory
        self.url = url
        self.key_file = directory / "key"
        self.running: dict[str, LimenProcess] = {}

    def start(
        self, role: str, name: str, *arguments: str, wait: bool = True, environment: dict[str, str] | None = None
    ) -> LimenProcess:
        """A node that ran before finds its data again, and its ports."""
        shared = [f"--role={role}", f"--store={self.url}", f"--key-file={self.key_file}", "--drain-timeout=5"]
        before = self.running.get(name)
        if before is not None:
            shared += [f"--port={before.port}", f"--admin-port={before.admin_port}"]
        node = self.running[name] = LimenProcess(
            self.directory / name, *shared, *arguments, wait=wait, environment=environment
        )
        return node

    def stop(self) -> None:
        for node in self.running.values():
            if node.process.poll() is None:
                node.signal(signal.SIGTERM)
        for node in self.running.values():
            node.stop()


def readiness(node: LimenProcess) -> dict[str, Any]:
    client = node.admin()
    try:
        return dict(json.loads(client.get("/readyz").body))
    finally:
        client.close()


def wait_for_store(*nodes: LimenProcess, away: bool) -> None:
    for node in nodes:
        wait_until(lambda node=node: ("store" in readiness(node)) == away, 15, lambda node=node: node.log)  # type: ignore[misc]


def status(node: LimenProcess) -> dict[str, Any]:
    return dict(json.loads(node.command("status", "--json").stdout))
