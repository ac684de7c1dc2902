"""The AWS command line, as in a shell that has evaluated `limen env`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.limen_process import LimenProcess


class AwsCommand:
    """What `aws SERVICE ...` prints in `directory`, read as JSON; None where it prints nothing."""

    def __init__(self, limen: LimenProcess, service: str, directory: Path) -> None:
        """Evaluates `limen env` once, for all commands."""
        exported = limen.command("env").stdout
        evaluated = subprocess.run(
            ["sh", "-ec", f"{exported}\nenv -0"], env=limen.environment, capture_output=True, text=True, check=True
        )
        self._environment = dict(line.split("=", 1) for line in evaluated.stdout.split("\0") if line) | {
            "PATH": os.environ["PATH"]
        }
        self._service = service
        self._directory = directory

    def __call__(self, *arguments: str) -> Any:
        finished = subprocess.run(
            [Path(sys.executable).parent / "aws", self._service, *arguments, "--output", "json"],
            env=self._environment,
            cwd=self._directory,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout) if finished.stdout.strip() else None
