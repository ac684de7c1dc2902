"""Sealed secrets open with the same key, for the same purpose, unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.identity.sealing import Sealer, SealError

SEALER = Sealer(bytes(range(32)))


@given(st.binary(max_size=200))
def test_what_was_sealed_opens(content: bytes) -> None:
    sealed = SEALER.seal(content, "a purpose")

    assert SEALER.open(sealed, "a purpose") == content
    assert sealed != SEALER.seal(content, "a purpose")


@given(st.integers(0, 200), st.sampled_from("Az09-_"))
def test_what_was_changed_does_not_open(position: int, letter: str) -> None:
    sealed = SEALER.seal(b"a secret of some length, so that many letters count", "a purpose")
    position %= len(sealed)
    changed = sealed[:position] + letter + sealed[position + 1 :]

    if changed != sealed:
        with pytest.raises(SealError):
            SEALER.open(changed, "a purpose")


@pytest.mark.parametrize("text", ["", "x", "====", "ä" * 40, "A" * 40])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(SealError):
        SEALER.open(text, "a purpose")


def test_purposes_and_keys_are_kept_apart() -> None:
    sealed = SEALER.seal(b"secret", "one")

    with pytest.raises(SealError):
        SEALER.open(sealed, "other")
    with pytest.raises(SealError):
        Sealer(bytes(32)).open(sealed, "one")
    assert SEALER.mac(b"x", "one") != SEALER.mac(b"x", "other")


def test_a_short_key_is_no_key() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short")
