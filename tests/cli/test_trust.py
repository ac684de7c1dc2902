"""`limen trust`: prints what it runs, does no harm twice."""

import os
from pathlib import Path

import pytest

from limen.cli import trust_stores
from limen.downstream.authority import ensure_authority
from limen.downstream.authority_files import add_authorities, split_certificates
from tests.cli.conftest import Limen


@pytest.fixture
def anchors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Debian system below a temporary directory, whose update command takes notes."""
    directory = tmp_path / "root/usr/local/share/ca-certificates"
    directory.mkdir(parents=True)
    programs = tmp_path / "programs"
    programs.mkdir()
    script = programs / "update-ca-certificates"
    script.write_text(f"#!/bin/sh\nls {directory} >> {tmp_path}/updates\necho updated >> {tmp_path}/updates\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    find = trust_stores.find_trust_store
    monkeypatch.setattr("limen.cli.trust_stores.find_trust_store", lambda _, root: find("linux", tmp_path / "root"))
    ensure_authority(tmp_path / "data")
    return directory


def test_it_is_installed_and_taken_out_again(limen: Limen, anchors: Path, tmp_path: Path) -> None:
    first = limen("trust", "--data-dir", "data")
    assert first.code == 0
    [installed] = anchors.iterdir()
    assert first.out.splitlines() == [
        f"install -m 644 {tmp_path}/data/ca.pem {installed}",
        "update-ca-certificates",
        f"{tmp_path}/data/ca.pem is trusted by this system",
    ]
    assert limen("trust", "--data-dir", "data").code == 0
    assert list(anchors.iterdir()) == [installed]
    assert limen("trust", "--remove", "--data-dir", "data").code == 0
    assert list(anchors.iterdir()) == []
    assert limen("trust", "--remove", "--data-dir", "data").code == 0
    notes = (tmp_path / "updates").read_text().split()
    assert notes == [installed.name, "updated", installed.name, "updated", "updated", "updated"]


def test_printing_changes_nothing(limen: Limen, anchors: Path) -> None:
    ended = limen("trust", "--print", "--data-dir", "data")
    assert ended.out.splitlines()[1] == "update-ca-certificates"
    assert list(anchors.iterdir()) == []


def test_a_failure_is_one_line(limen: Limen, anchors: Path) -> None:
    anchors.rmdir()
    anchors.write_text("in the way")
    ended = limen("trust", "--data-dir", "data")
    assert ended.code == 1
    assert ended.err.startswith("limen: this system has none of the directories")


def test_nothing_to_trust_yet(limen: Limen) -> None:
    ended = limen("trust")
    assert ended.code == 1
    assert "start limen serve first" in ended.err


def test_each_authority_of_domain_names_is_installed(limen: Limen, anchors: Path, tmp_path: Path) -> None:
    other = ensure_authority(tmp_path / "other").ca.read_bytes()
    add_authorities(tmp_path / "data", [other])
    ended = limen("trust", "--data-dir", "data")

    assert ended.code == 0, ended.err
    installed = sorted(anchors.iterdir())
    commands = ended.out.splitlines()
    assert [command.split()[0] for command in commands[:3]] == ["install", "install", "update-ca-certificates"]
    assert {each.read_bytes() for each in installed} == set(split_certificates((tmp_path / "data/ca.pem").read_bytes()))
    assert limen("trust", "--print", "--data-dir", "data").out.splitlines() == commands[:3]
    assert limen("trust", "--remove", "--data-dir", "data").code == 0
    assert list(anchors.iterdir()) == []
