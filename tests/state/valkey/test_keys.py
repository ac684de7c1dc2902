"""Names of keys: none is taken twice, and what a script touches is in one slot."""

from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from limen.state.valkey.keys import Keys, escape, slot_of, unescape

names = st.text(st.sampled_from("a{}/%:25F7D é") | st.characters(exclude_categories=["Cs"]), max_size=12)
KEYS = Keys("limen:")


@given(key=st.binary(max_size=30) | names.map(str.encode))
def test_slots_are_those_of_the_cluster(key: bytes) -> None:
    assert slot_of(key) == key_slot(key)


@given(name=names)
def test_what_is_escaped_is_found_again(name: str) -> None:
    assert unescape(escape(name)) == name
    assert not set("/}") & set(escape(name))


@given(one=st.tuples(names, names), other=st.tuples(names, names))
def test_different_things_have_different_keys(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (KEYS.of(*one).quota == KEYS.of(*other).quota) == (one == other)
    assert (KEYS.bucket(one[0]) == KEYS.bucket(other[0])) == (one[0] == other[0])


@given(plan=names, key=names, day=st.integers(0, 99999))
def test_a_key_under_a_plan_is_in_one_slot(plan: str, key: str, day: int) -> None:
    keys = KEYS.of(plan, key)
    together = (keys.quota, keys.hours, keys.extras, keys.seen, keys.days, keys.counters(day), keys.ledger(day))

    assert len({slot_of(name) for name in together}) == 1


def test_buckets_of_paths_with_parameters_are_in_many_slots() -> None:
    buckets = [KEYS.bucket(f"method/a{number}/prod/GET /pets/{{id}}") for number in range(100)]

    assert len({slot_of(bucket) for bucket in buckets}) > 90
