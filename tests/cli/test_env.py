"""`limen env`, read by a shell and by boto3."""

import shlex
import subprocess
from pathlib import Path

import boto3
import pytest

from tests.cli.admin import running
from tests.cli.conftest import Limen


def test_the_exports_lead_sdks_here(limen: Limen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "it's data"
    with running(directory, {}) as data:
        ended = limen("env", "--data-dir", directory)
        ports = data.find_ports()
    assert ended.code == 0
    assert ports is not None
    for line in ended.out.splitlines():
        export, assignment = shlex.split(line)
        assert export == "export"
        monkeypatch.setenv(*assignment.split("=", 1))
    for service in ("acm", "apigatewayv2", "apigateway", "logs", "lambda", "cognito-idp"):
        client = boto3.client(service)
        assert client.meta.endpoint_url == f"https://localhost:{ports.admin}"
        assert client.meta.region_name == "us-east-1"
    credentials = boto3.Session().get_credentials()
    assert credentials is not None
    assert credentials.access_key == data.credentials().access_key_id
    assert credentials.secret_key == data.credentials().secret_access_key


def test_a_shell_takes_every_line(limen: Limen, tmp_path: Path) -> None:
    directory = tmp_path / "a 'b' $c"
    with running(directory, {}):
        script = limen("env", "--data-dir", directory).out + 'printf %s "$AWS_CA_BUNDLE"'
    finished = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert finished.stdout == str(directory / "ca.pem")


def test_nothing_was_ever_started(limen: Limen) -> None:
    ended = limen("env")
    assert ended.code == 1
    assert ended.out == ""
    assert ended.err.startswith("limen: nothing was ever started in .limen: ")
    assert not Path(".limen").exists()
