"""ca.pem: our own authority first, others behind it, whoever changes it at the same time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from limen.downstream.authority_files import add_authorities, drop_authorities, own_authority, split_certificates

OWN = b"-----BEGIN CERTIFICATE-----\nown\n-----END CERTIFICATE-----\n"


def other(name: str) -> bytes:
    return OWN.replace(b"own", name.encode())


def directory(path: Path) -> Path:
    (path / "ca.pem").write_bytes(OWN)
    return path


def test_others_stand_behind_our_own(tmp_path: Path) -> None:
    ca = directory(tmp_path) / "ca.pem"

    assert add_authorities(tmp_path, [other("a"), other("b"), other("a")])
    assert ca.read_bytes() == OWN + other("a") + other("b")
    assert not add_authorities(tmp_path, [other("b"), OWN])
    assert own_authority(ca.read_bytes()) == OWN
    assert ca.stat().st_mode & 0o777 == 0o644


def test_those_that_are_gone_are_taken_out(tmp_path: Path) -> None:
    add_authorities(directory(tmp_path), [other("a"), other("b")])

    assert drop_authorities(tmp_path, [other("a"), other("c"), OWN])
    assert (tmp_path / "ca.pem").read_bytes() == OWN + other("b")
    assert not drop_authorities(tmp_path, [other("a"), OWN])


def test_changes_at_once_lose_nothing(tmp_path: Path) -> None:
    directory(tmp_path)
    names = [other(str(number)) for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: add_authorities(tmp_path, [name]), names))

    found = split_certificates((tmp_path / "ca.pem").read_bytes())
    assert (found[0], sorted(found[1:])) == (OWN, sorted(names))


@given(st.lists(st.sampled_from([OWN, other("a"), b"noise\n", b"-----BEGIN CERTIFICATE-----\n", b"\xff"])))
def test_texts_between_are_left_out(parts: list[bytes]) -> None:
    found = split_certificates(b"".join(parts))

    assert len(found) <= sum(part.count(b"END CERTIFICATE") for part in parts)
    assert all(each.startswith(b"-----BEGIN CERTIFICATE-----") and each.endswith(b"-----\n") for each in found)
    assert split_certificates(b"".join(found)) == found
