"""Asking the running server: found, trusted, signed, and clear about what is not."""

import socket
from pathlib import Path

import pytest

from limen.cli.admin_port import AdminPort
from limen.cli.failure import CommandError
from limen.config_sources import load
from limen.downstream.authority import ensure_authority
from tests.cli.admin import running


def ask(directory: Path, path: str = "/x", **environment: str) -> object:
    return AdminPort(load({"data_dir": str(directory)}, environment)).ask(path)


def test_a_signed_question_is_answered(tmp_path: Path) -> None:
    with running(tmp_path, {"/x": (200, {"fine": True})}):
        assert ask(tmp_path) == {"fine": True}


def test_a_proxy_of_the_environment_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with running(tmp_path, {"/x": (200, [])}):
        assert ask(tmp_path) == []


def test_other_credentials_are_refused_with_the_reason(tmp_path: Path) -> None:
    with running(tmp_path, {"/x": (200, {})}), pytest.raises(CommandError, match="answered 403: not signed"):
        ask(tmp_path, LIMEN_ACCESS_KEY_ID="AKIAOTHER", LIMEN_SECRET_ACCESS_KEY="x" * 40)


def test_what_is_not_limen_is_said(tmp_path: Path) -> None:
    with running(tmp_path, {"/x": (200, b"<html>")}), pytest.raises(CommandError, match="is it Limen"):
        ask(tmp_path)


def test_nobody_there(tmp_path: Path) -> None:
    with running(tmp_path, {}):
        pass
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        with pytest.raises(CommandError, match=rf"no limen answers at https://localhost:{port} .* is it running"):
            ask(tmp_path, LIMEN_ADMIN_PORT=port)


def test_another_authority_is_not_trusted(tmp_path: Path) -> None:
    with running(tmp_path / "one", {"/x": (200, {})}) as data:
        ensure_authority(tmp_path / "two")
        (data.path / "ca.pem").write_bytes((tmp_path / "two" / "ca.pem").read_bytes())
        with pytest.raises(CommandError, match=r"is not trusted by .*ca\.pem"):
            ask(data.path)


def test_nothing_was_ever_started(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nothing was ever started in"):
        ask(tmp_path)


def test_credentials_given_to_the_server_must_be_given_here(tmp_path: Path) -> None:
    with running(tmp_path, {}) as data:
        data.credentials_file.unlink()
        with pytest.raises(CommandError, match="LIMEN_ACCESS_KEY_ID"):
            ask(tmp_path)
