"""Where code is kept, and the links to it."""

import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from limen.control.functions.code_store import LINK_PATH, LINK_SECONDS, UNUSED_SECONDS, CodeStore
from tests.control.functions.conftest import CODE, OTHER_CODE


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def codes(tmp_path: Path, clock: Clock) -> CodeStore:
    return CodeStore(tmp_path, "a secret", clock)


def linked(codes: CodeStore, link: str) -> Path | None:
    query = parse_qs(urlsplit(link).query)
    digest = Path(urlsplit(link).path).stem
    return codes.find_linked(digest, query["Expires"][0], query["Signature"][0])


def test_a_link_gives_the_file_for_ten_minutes(codes: CodeStore, clock: Clock, tmp_path: Path) -> None:
    digest = codes.store(CODE)
    link = codes.link("localhost:8444", digest)
    assert link.startswith(f"https://localhost:8444{LINK_PATH}/{digest}.zip?")
    found = linked(codes, link)
    assert found is not None and found.read_bytes() == CODE
    assert linked(CodeStore(tmp_path, "a secret", clock), link) == found
    clock.now += LINK_SECONDS + 1
    assert linked(codes, link) is None


def test_no_other_link_gives_anything(codes: CodeStore, clock: Clock, tmp_path: Path) -> None:
    digest, other = codes.store(CODE), codes.store(OTHER_CODE)
    query = parse_qs(urlsplit(codes.link("h", digest)).query)
    expires, signature = query["Expires"][0], query["Signature"][0]
    for name, until, signed in (
        (other, expires, signature),
        (digest, str(int(expires) + 1), signature),
        (digest, expires, signature[:-1]),
        (digest, expires, "é"),
        (digest, "soon", signature),
        (digest, "9" * 400, signature),
        ("../limen", expires, signature),
    ):
        assert codes.find_linked(name, until, signed) is None
    assert CodeStore(tmp_path, "another secret", clock).find_linked(digest, expires, signature) is None


def test_unused_code_is_removed_after_an_hour(codes: CodeStore, clock: Clock, tmp_path: Path) -> None:
    used, unused = codes.store(CODE), codes.store(OTHER_CODE)
    for path in (tmp_path / "code").iterdir():
        os.utime(path, (clock.now, clock.now))
    assert codes.prune({used}) == 0
    clock.now += UNUSED_SECONDS + 1
    assert codes.prune({used}) == 1
    assert [path.stem for path in (tmp_path / "code").iterdir()] == [used]
    assert codes.store(OTHER_CODE) == unused


def test_there_may_be_no_code_yet(codes: CodeStore) -> None:
    assert codes.prune(set()) == 0


def test_a_file_is_found_by_its_digest(codes: CodeStore) -> None:
    digest = codes.store(b"zip")

    assert codes.has(digest)
    assert codes.find(digest) == b"zip"
    assert not codes.has("0" * 64)
    assert codes.find("0" * 64) is None
