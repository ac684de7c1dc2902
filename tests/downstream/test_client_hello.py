"""The server name, read before the handshake."""

import contextlib
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.downstream.client_hello import IncompleteError, read_server_name


def hello(name: str | None) -> bytes:
    context = ssl.create_default_context()
    context.check_hostname = False
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def test_the_name_is_read() -> None:
    assert read_server_name(hello("ABC.execute-api.us-east-1.localhost")) == "abc.execute-api.us-east-1.localhost"


def test_no_name() -> None:
    assert read_server_name(hello(None)) == ""


def test_a_hello_in_two_records() -> None:
    whole = hello("localhost")
    message = whole[5:]
    records = b"".join(
        b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part for part in (message[:3], message[3:50], message[50:])
    )
    assert read_server_name(records) == "localhost"


def test_every_beginning_of_a_hello_is_incomplete() -> None:
    whole = hello("localhost")
    for size in range(len(whole)):
        with pytest.raises(IncompleteError):
            read_server_name(whole[:size])


HELLO = hello("localhost")


@given(st.binary(max_size=300), st.integers(0, 600))
def test_any_bytes_give_a_name_or_wait(noise: bytes, position: int) -> None:
    whole = HELLO
    position %= len(whole)
    with contextlib.suppress(IncompleteError):
        assert isinstance(read_server_name(whole[:position] + noise + whole[position + len(noise) :]), str)
