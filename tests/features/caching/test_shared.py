"""Kept responses as bytes: they come back as they went, under their own name alone, sealed where they have to be."""

from hypothesis import given
from hypothesis import strategies as st

from limen.aws.sealing import Seal
from limen.features.caching.entries import Entry, Group
from limen.features.caching.shared import dump_entry, load_entry, name_entry
from tests.features.caching.kept import entry

GROUP = Group(("api1", "prod", "d1", "0.5", "r1", "GET", ("method.request.querystring.q",), 0), None)
SEAL = Seal(bytes(32), "tests")
HEADERS = st.lists(st.tuples(st.binary(min_size=1, max_size=8), st.binary(max_size=8)), max_size=4)


@given(st.sampled_from([200, 204, 299]), HEADERS, st.binary(max_size=100), st.booleans())
def test_an_entry_comes_back_as_it_went(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes, is_sealed: bool
) -> None:
    kept = Entry(GROUP, ("k",), status, tuple((name.lower(), name, value) for name, value in headers), body, 1.0)
    seal = SEAL if is_sealed else None
    found = load_entry(dump_entry(kept, "name", seal), "name", seal, GROUP, ("k",))
    assert found is not None
    assert (found.status, found.headers, found.body) == (status, kept.headers, body)


@given(st.binary(max_size=60))
def test_no_bytes_break_a_worker(data: bytes) -> None:
    for seal in (None, SEAL):
        load_entry(data, "name", seal, GROUP, ("k",))
        load_entry(b"\x01" + data, "name", seal, GROUP, ("k",))
        load_entry(b"\x02" + data, "name", seal, GROUP, ("k",))


def test_sealed_entries_cannot_be_read_moved_or_taken_for_plain_ones() -> None:
    kept = entry(GROUP, ("k",), b"a secret answer")
    sealed, plain = dump_entry(kept, "name", SEAL), dump_entry(kept, "name", None)
    assert b"secret" not in sealed
    assert b"secret" in plain
    assert load_entry(sealed, "other name", SEAL, GROUP, ("k",)) is None
    assert load_entry(sealed, "name", Seal(b"1" * 32, "tests"), GROUP, ("k",)) is None
    assert load_entry(plain, "name", SEAL, GROUP, ("k",)) is None
    assert load_entry(sealed, "name", None, GROUP, ("k",)) is None
    assert load_entry(b"\x09" + plain[1:], "name", None, GROUP, ("k",)) is None


def test_names_differ_in_all_that_tells_responses_apart() -> None:
    other_stage = Group(("api1", "test", *GROUP.name[2:]), None)
    other_deployment = Group((*GROUP.name[:2], "d2", *GROUP.name[3:]), None)
    names = [
        name_entry(GROUP, ("k",), None),
        name_entry(GROUP, (None,), None),
        name_entry(GROUP, ("",), None),
        name_entry(GROUP, ("k",), 7),
        name_entry(other_stage, ("k",), None),
        name_entry(other_deployment, ("k",), None),
    ]
    assert len(set(names)) == len(names)
    assert name_entry(GROUP, ("k",), 7) == names[3]
