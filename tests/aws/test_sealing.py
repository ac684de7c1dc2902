"""What is sealed opens for its purpose, whole, or not at all."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.sealing import Seal

KEY = bytes(range(32))


@given(st.binary(max_size=2000), st.text(max_size=30))
def test_what_is_closed_opens(content: bytes, about: str):
    seal = Seal(KEY, "tests")

    assert seal.open(seal.close(content, about), about) == content


def test_another_key_purpose_or_subject_opens_nothing():
    sealed = Seal(KEY, "tests").close(b"secret", "AKIDONE")

    assert Seal(os.urandom(32), "tests").open(sealed, "AKIDONE") is None
    assert Seal(KEY, "tokens").open(sealed, "AKIDONE") is None
    assert Seal(KEY, "tests").open(sealed, "AKIDTWO") is None


def test_a_seal_goes_to_another_process_by_its_derived_key():
    seal = Seal(KEY, "tests")

    assert Seal.of(seal.key).open(seal.close(b"secret")) == b"secret"
    assert seal.key != KEY


@given(st.text(max_size=200))
def test_any_other_text_opens_to_nothing(text: str):
    assert Seal(KEY, "tests").open(text) is None


def test_a_changed_letter_opens_to_nothing():
    seal = Seal(KEY, "tests")
    sealed = seal.close(b"a secret of some length")

    for at in range(len(sealed) - 1):  # the last letter has bits to spare
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        assert seal.open(changed) is None


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Seal(b"short", "tests")
