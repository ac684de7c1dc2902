"""Limits on open files: raised for the processes that are started, never past what the system allows."""

import resource
from collections.abc import Iterator

import pytest

from limen.open_files import WANTED, allow_more_open_files, most_connections


@pytest.fixture
def soft_limit() -> Iterator[int]:
    """A low one, as many systems set it; what was before is put back."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_000, before[1]))
    yield 1_000
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_is_raised_to_what_is_wanted_and_allowed(soft_limit: int) -> None:
    allow_more_open_files()

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    assert soft > soft_limit


def test_a_higher_limit_is_left_alone(soft_limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.open_files.WANTED", 500)

    allow_more_open_files()

    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == soft_limit


def test_clients_leave_room_for_their_backends(soft_limit: int) -> None:
    assert most_connections(10_000) == (soft_limit - 128) // 2
    assert most_connections(100) == 100
