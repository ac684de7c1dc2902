"""The local authority: what it signs, for whom, and when it makes itself anew."""

import datetime
import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509

from limen.downstream.authority import DAY, ensure_authority
from limen.downstream.certificates import can_sign
from limen.downstream.server_names import REGIONS


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_first_start_makes_what_the_second_finds(tmp_path: Path) -> None:
    first = ensure_authority(tmp_path / "new")
    kept = first.server.read_bytes()
    second = ensure_authority(tmp_path / "new")
    assert (first.is_new, second.is_new) == (True, False)
    assert second.server.read_bytes() == kept


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    ensure_authority(tmp_path)
    modes = {path.name: stat.S_IMODE(os.stat(path).st_mode) for path in tmp_path.glob("*.pem")}
    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600, "server.pem": 0o600}


def test_every_region_has_its_names(tmp_path: Path) -> None:
    authority = ensure_authority(tmp_path, "localhost", ("gateway.example.com", "10.0.0.5"))
    extension = certificate(authority.server).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = set(extension.get_values_for_type(x509.DNSName))
    addresses = {str(address) for address in extension.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "::1", "10.0.0.5"}
    assert {"localhost", "*.localhost", "portal.localhost", "gateway.example.com"} <= names
    for region in REGIONS:
        assert f"*.execute-api.{region}.localhost" in names
        assert f"*.execute-api.{region}.amazonaws.com" in names
        assert f"cognito-idp.{region}.localhost" in names


@pytest.mark.parametrize(
    ("host", "verifies"),
    [
        ("localhost", True),
        ("abc.execute-api.eu-west-1.localhost", True),
        ("abc.execute-api.us-east-1.amazonaws.com", True),
        ("cognito-idp.us-east-1.localhost", True),
        ("s3.amazonaws.com", False),
        ("example.com", False),
    ],
)
def test_openssl_verifies_the_names(tmp_path: Path, host: str, verifies: bool) -> None:
    authority = ensure_authority(tmp_path)
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host]
    done = subprocess.run([*command, "-CAfile", authority.ca, authority.server], capture_output=True, check=False)
    assert (done.returncode == 0) == verifies, done.stderr


def test_the_authority_may_sign_for_its_names_only(tmp_path: Path) -> None:
    authority = certificate(ensure_authority(tmp_path).ca)
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = {str(subtree.value) for subtree in constraints.value.permitted_subtrees or ()}
    assert {"localhost", "test", "internal", "home.arpa", "example.org"} <= permitted
    assert "execute-api.us-east-1.amazonaws.com" in permitted
    assert "amazonaws.com" not in permitted
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_the_server_certificate_is_renewed_before_it_expires(tmp_path: Path) -> None:
    ca = ensure_authority(tmp_path).ca.read_bytes()
    later = time.time() + 370 * DAY
    renewed = ensure_authority(tmp_path, now=later)
    until = certificate(renewed.server).not_valid_after_utc - datetime.datetime.fromtimestamp(later, datetime.UTC)
    assert until > datetime.timedelta(days=390)
    assert (renewed.is_new, renewed.ca.read_bytes()) == (False, ca)


def test_an_authority_near_its_end_is_replaced(tmp_path: Path) -> None:
    ensure_authority(tmp_path)
    assert ensure_authority(tmp_path, now=time.time() + 3_400 * DAY).is_new


def test_a_new_host_within_the_constraints_keeps_the_authority(tmp_path: Path) -> None:
    ensure_authority(tmp_path, "localhost", ("shop.dev",))
    inside = ensure_authority(tmp_path, "localhost", ())
    outside = ensure_authority(tmp_path, "localhost", ("shop.app",))
    assert (inside.is_new, outside.is_new) == (False, True)


@pytest.mark.parametrize("name", ["ca.pem", "ca-key.pem", "server.pem"])
def test_damaged_files_are_made_anew(tmp_path: Path, name: str) -> None:
    ensure_authority(tmp_path)
    (tmp_path / name).write_bytes(b"\xff not a certificate")
    if name == "ca-key.pem":
        (tmp_path / "server.pem").unlink()  # while all else is current, the authority's key is not read
    authority = ensure_authority(tmp_path)
    done = subprocess.run(["openssl", "verify", "-CAfile", authority.ca, authority.server], check=False)
    assert done.returncode == 0


def test_an_authority_signs_only_what_it_may_for_as_long_as_it_lives(tmp_path: Path) -> None:
    ensure_authority(tmp_path)
    ca, key, now = tmp_path / "ca.pem", tmp_path / "ca-key.pem", time.time()
    assert can_sign(ca, key, ["localhost", "*.execute-api.us-east-1.localhost"], now)
    assert can_sign(ca, key, ["api.shop.test", "*.example.com"], now)
    assert not can_sign(ca, key, ["shop.dev"], now)
    assert not can_sign(ca, key, ["localhost"], now + 3_400 * DAY)
    assert not can_sign(ca, tmp_path / "missing", ["localhost"], now)


def test_starts_at_once_agree(tmp_path: Path) -> None:
    code = (
        f"from pathlib import Path; from limen.downstream.authority import *; ensure_authority(Path({str(tmp_path)!r}))"
    )
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: subprocess.run([sys.executable, "-c", code], check=True), range(4)))
    assert (
        subprocess.run(
            ["openssl", "verify", "-CAfile", tmp_path / "ca.pem", tmp_path / "server.pem"], check=False
        ).returncode
        == 0
    )
    assert not list(tmp_path.glob(".*"))


def test_a_start_with_certificates_does_not_import_cryptography(tmp_path: Path) -> None:
    ensure_authority(tmp_path)
    code = (
        "import sys; from pathlib import Path; from limen.downstream.authority import ensure_authority;"
        f"ensure_authority(Path({str(tmp_path)!r})); assert 'cryptography' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
