"""The command as a whole: exit codes, and how little it loads before it knows what to do."""

import subprocess
import sys
from pathlib import Path

import pytest

from limen.cli.main import COMMANDS
from tests.cli.conftest import Limen

HEAVY = ("rich", "botocore", "boto3", "sqlalchemy", "cryptography", "starlette", "uvicorn", "orjson", "yaml", "uvloop")


def test_commands_are_listed(limen: Limen) -> None:
    ended = limen("--help")
    assert ended.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in ended.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["serve", "--nonsense"],
        ["serve", "absent.yaml"],
        ["check"],
        ["serve", "--port", "x"],
        ["store", "export"],
    ],
)
def test_wrong_usage_is_2(limen: Limen, arguments: list[str]) -> None:
    ended = limen(*arguments)
    assert ended.code == 2
    assert ended.err != ""
    assert "Traceback" not in ended.err


def test_a_wrong_setting_is_one_line_and_2(limen: Limen, tmp_path: Path) -> None:
    (tmp_path / "limen.toml").write_text("prot = 1")
    ended = limen("status")
    assert (ended.code, ended.err) == (2, "limen: limen.toml: unknown key 'prot'; did you mean 'port'?\n")


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    loaded = loaded_by("from limen.cli.main import *; make_app(COMMANDS)")
    assert {module.partition(".")[0] for module in loaded} & set(HEAVY) == set()


def test_a_command_loads_no_other() -> None:
    loaded = loaded_by("from limen.cli.main import *; make_app(['serve'])")
    assert loaded & {f"limen.cli.{name}" for name in COMMANDS} == {"limen.cli.serve", "limen.cli.version"}


def loaded_by(script: str) -> set[str]:
    command = [sys.executable, "-c", f"{script}; import sys; print(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_the_installed_command_runs() -> None:
    command = Path(sys.executable).parent / "limen"
    finished = subprocess.run([command, "version"], capture_output=True, text=True, check=True)
    assert finished.stdout.startswith("limen ")
