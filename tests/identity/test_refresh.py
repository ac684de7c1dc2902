"""Refresh tokens are read back, and nothing else is."""

from uuid import uuid4

import pytest

from limen.identity.refresh import new_refresh_token, read_refresh_token


def test_a_token_says_where_its_session_is() -> None:
    subject, origin = str(uuid4()), str(uuid4())
    token = new_refresh_token(subject, origin)

    read, again = read_refresh_token(token), read_refresh_token(new_refresh_token(subject, origin))

    assert read is not None and again is not None
    assert (read.subject, read.origin) == (subject, origin)
    assert read.digest != again.digest
    assert read.digest not in token


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "ä", "A" * 95, "A" * 100])
def test_other_texts_are_none(text: str) -> None:
    assert read_refresh_token(text) is None
