"""Commands as they go over the wire."""

from limen.state.valkey.calls import command, pack, run_script, with_source
from limen.state.valkey.scripts import LEASE, MEET


def test_commands_are_packed_one_after_the_other() -> None:
    assert pack([command("GET", b"a"), command("SET", b"b", "é", "PX", 5)]) == (
        b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*5\r\n$3\r\nSET\r\n$1\r\nb\r\n$2\r\n\xc3\xa9\r\n$2\r\nPX\r\n$1\r\n5\r\n"
    )


def test_a_script_is_called_by_its_digest() -> None:
    call = run_script(MEET, (b"k",), "holder", "0")

    assert call.parts == ("EVALSHA", MEET.digest, 1, b"k", "holder", "0")
    assert call.key == b"k"


def test_the_first_call_of_each_script_brings_its_source() -> None:
    calls = [run_script(MEET, (b"a",)), run_script(LEASE, (b"b",)), run_script(MEET, (b"c",)), command("GET", b"d")]

    assert [call.parts[:2] for call in with_source(calls)] == [
        ("EVAL", MEET.source),
        ("EVAL", LEASE.source),
        ("EVALSHA", MEET.digest),
        ("GET", b"d"),
    ]
