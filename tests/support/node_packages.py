"""The Node.js packages of tests, as functions or clients, installed once by `npm ci` from their lock file."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).parents[1] / "node"
CLIENTS = Path(__file__).parents[1] / "node_clients"
INSTALL_TIMEOUT = 600.0


def node_modules(builds_native: bool = False, source: Path = FUNCTIONS) -> Path:
    """The folder with `node_modules`; skips where something that it takes is missing.

    `builds_native`: also what has to be compiled, which takes some minutes the first time.
    """
    needed = ["npm", "node", *(["cmake", "make", "c++"] if builds_native else [])]
    missing = [program for program in needed if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not on PATH")
    content = b"".join((source / name).read_bytes() for name in ("package.json", "package-lock.json"))
    key = hashlib.sha256(content).hexdigest()[:12]
    folder = Path(sys.prefix) / "limen-node" / f"{key}-{'native' if builds_native else 'plain'}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            install(source, folder, builds_native)
            (folder / "installed").touch()
    return folder


def install(source: Path, folder: Path, builds_native: bool) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder / name)
    command = ["npm", "ci", "--no-audit", "--no-fund", *([] if builds_native else ["--ignore-scripts"])]
    node = shutil.which("node")
    assert node is not None
    headers = Path(node).resolve().parents[1]
    if (headers / "include/node/node_api.h").exists():
        command.append(f"--nodedir={headers}")
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT, check=False)
    if finished.returncode != 0:
        pytest.skip(f"npm ci failed: {finished.stderr.strip()[-400:]}")
