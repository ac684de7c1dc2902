"""`limen serve`: settings and files reach the supervisor, its exit code the shell."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from limen.config import Settings, table
from limen.data_dir import DataDirectoryError
from tests.cli.conftest import Limen


class Supervisor(ModuleType):
    """Remembers what it was asked to serve."""

    def __init__(self) -> None:
        super().__init__("limen.supervisor")
        self.calls: list[tuple[Settings, list[Path]]] = []
        self.code = 0

    def serve(self, settings: Settings, files: list[Path], parameters: dict[str, str]) -> int:
        self.calls.append((settings, files))
        self.parameters = parameters
        return self.code


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    supervisor = Supervisor()
    monkeypatch.setitem(sys.modules, "limen.supervisor", supervisor)
    return supervisor


def test_settings_and_files_arrive(
    limen: Limen, supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text("{}")
    monkeypatch.setenv("LIMEN_WORKERS", "3")
    ended = limen("serve", "one.yaml", "two.yaml", "--watch", "--port", "0", "--max-buffered", "1GB", "--type", "http")
    assert ended.code == 0
    [(settings, files)] = supervisor.calls
    assert files == [Path("one.yaml"), Path("two.yaml")]
    assert (settings.watch, settings.port, settings.max_buffered, settings.workers) == (True, 0, 1 << 30, 3)
    assert settings.type == "http"


def test_every_setting_with_a_flag_is_an_option(limen: Limen) -> None:
    shown = limen("serve", "--help").out
    missing = [name for name, setting in table().items() if setting.flag and f"--{name.replace('_', '-')}" not in shown]
    assert missing == []
    assert "secret" not in shown  # a flag would show it to every user of the machine


def test_the_exit_code_is_the_supervisors(limen: Limen, supervisor: Supervisor) -> None:
    supervisor.code = 1
    assert limen("serve").code == 1


def test_watching_nothing_is_wrong_usage(limen: Limen, supervisor: Supervisor) -> None:
    ended = limen("serve", "--watch")
    assert (ended.code, ended.err) == (2, "limen: --watch needs a FILE to watch\n")
    assert supervisor.calls == []


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file or directory"), ("x", "holds no certificates in PEM form")]
)
def test_certificate_authorities_that_are_none_are_wrong_usage(
    limen: Limen, supervisor: Supervisor, tmp_path: Path, content: str | None, reason: str
) -> None:
    (tmp_path / "limen.toml").write_text('upstream_ca = "company.pem"')
    if content is not None:
        (tmp_path / "company.pem").write_text(content)
    ended = limen("serve")
    assert (ended.code, supervisor.calls) == (2, [])
    assert ended.err.startswith("limen: upstream_ca: company.pem")
    assert ended.err.endswith(f"{reason}\n")


def test_a_data_directory_in_use_is_one_line(
    limen: Limen, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(settings: Settings, files: list[Path], parameters: dict[str, str]) -> int:
        raise DataDirectoryError(".limen is in use by another limen (process 7)")

    monkeypatch.setattr(supervisor, "serve", serve)
    ended = limen("serve")
    assert (ended.code, ended.err) == (1, "limen: .limen is in use by another limen (process 7)\n")


def test_parameters_of_templates_arrive(limen: Limen, supervisor: Supervisor, tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text("")

    limen("serve", str(file), "--parameter", "A=1", "--parameter", "B=x=y")

    assert supervisor.parameters == {"A": "1", "B": "x=y"}
    assert limen("serve", str(file), "--parameter", "A").err == "limen: --parameter must be NAME=VALUE, not 'A'\n"
