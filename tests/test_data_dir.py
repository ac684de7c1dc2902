"""The data directory: private, made once, for one server at a time."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from limen.data_dir import DataDirectory, DataDirectoryError, Ports


def test_credentials_are_made_once_in_the_form_of_aws(tmp_path: Path) -> None:
    data = DataDirectory.open(tmp_path / "data")
    with ThreadPoolExecutor(8) as pool:  # of two that make them at once, one wins
        found = set(pool.map(lambda _: json.dumps(vars_of(data)), range(16)))
    assert len(found) == 1
    credentials = data.credentials()
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", credentials.access_key_id)
    assert len(credentials.secret_access_key) == 40
    assert data.credentials_file.stat().st_mode & 0o777 == 0o600
    assert data.metrics_token() == data.metrics_token() != ""
    assert sorted(os.listdir(data.path)) == ["credentials.json", "functions", "logs", "metrics-token"]


def vars_of(data: DataDirectory) -> list[str]:
    credentials = data.credentials()
    return [credentials.access_key_id, credentials.secret_access_key]


def test_damaged_credentials_are_named(tmp_path: Path) -> None:
    data = DataDirectory.open(tmp_path)
    data.credentials_file.write_text('{"access_key_id": ')
    with pytest.raises(DataDirectoryError, match=r"credentials\.json is damaged .* delete it"):
        data.credentials()


def test_the_directory_is_private(tmp_path: Path) -> None:
    data = DataDirectory.open(tmp_path / "a" / "b")
    assert data.path.stat().st_mode & 0o777 == 0o700
    assert data.logs.stat().st_mode & 0o777 == 0o700


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectoryError, match="cannot make the data directory"):
        DataDirectory.open(tmp_path / "file" / "data")


HOLDER = """
import sys, time
from limen.data_dir import DataDirectory, Ports
data = DataDirectory.open(sys.argv[1])
with data.lock():
    data.record_ports(Ports(1, 2))
    print("locked", flush=True)
    time.sleep(60)
"""


def test_one_server_at_a_time_also_after_one_was_killed(tmp_path: Path) -> None:
    data = DataDirectory.open(tmp_path)
    assert data.find_ports() is None
    with subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert data.find_ports() == Ports(1, 2)
        with pytest.raises(DataDirectoryError, match=f"in use by another limen .process {holder.pid}."), data.lock():
            pass
        holder.kill()
    assert data.find_ports() is None
    with data.lock():
        assert data.is_locked()
        assert data.find_ports() is None  # those of the one that was killed are gone


def test_a_socket_has_a_path_that_the_kernel_takes(tmp_path: Path) -> None:
    near = DataDirectory.open(tmp_path / "d").control_socket(1)
    assert near == tmp_path / "d" / "run" / "control-1.sock" or len(str(tmp_path)) > 75
    assert DataDirectory(tmp_path / "d").functions_socket().name == "functions.sock"
    assert DataDirectory(tmp_path / "d").functions_control_socket(2).name == "functions-control-2.sock"
    far = DataDirectory.open(tmp_path / ("d" * 120)).control_socket(1)
    assert len(str(far)) <= 100
    assert far.parent.stat().st_mode & 0o777 == 0o700
    far.parent.rmdir()


def test_a_socket_directory_open_to_others_is_refused(tmp_path: Path) -> None:
    data = DataDirectory.open(tmp_path)
    (tmp_path / "run").mkdir(mode=0o755)
    with pytest.raises(DataDirectoryError, match="mode 0700"):
        data.control_socket(1)


def test_the_key_of_secrets_is_made_once_and_never_guessed(tmp_path: Path) -> None:
    data = DataDirectory.open(tmp_path / "data")

    key = data.key()

    assert (len(key), data.key()) == (32, key)
    assert (data.path / "key").stat().st_mode & 0o777 == 0o600
    (data.path / "key").write_text("damaged")
    with pytest.raises(DataDirectoryError, match="put the one back"):
        data.key()
