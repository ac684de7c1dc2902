"""Sets of patterns find what a look at each of them finds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.policies.pattern_sets import PatternSet
from limen.aws.policies.variables import VERSION, read_pattern
from limen.aws.policies.wildcards import compile_wildcards
from tests.aws.policies.slow import is_like

texts = st.text("ab/", max_size=9)
patterns = st.lists(st.text("ab/*?", max_size=9), min_size=1, max_size=25, unique=True)


def set_of(*written: str) -> PatternSet:
    masks = {read_pattern(text, VERSION, lambda _: True): 1 << place for place, text in enumerate(written)}
    return PatternSet(masks, compile_wildcards)


@settings(max_examples=300, deadline=None)
@given(patterns, texts)
def test_patterns_of_all_kinds(written: list[str], text: str) -> None:
    split = {read_pattern(each, VERSION, lambda _: True) for each in written}
    if len(split) == len(written):
        wanted = sum(1 << place for place, each in enumerate(written) if is_like(each, text))
        assert set_of(*written).find(text, {}) == (wanted, 0)


def test_many_are_told_apart_by_their_parts() -> None:
    many = set_of(*(f"*bot{number}*" for number in range(500)), *(f"{'x' * number}?" for number in range(60)))
    assert many.find("a bot77 b", {}) == (1 << 7 | 1 << 77, 0)
    assert many.find("a bot77", {}) == (1 << 7 | 1 << 77, 0)
    assert many.find("x" * 60, {}) == (1 << 559, 0)


def test_a_long_text_is_not_kept_and_found_all_the_same() -> None:
    assert set_of("*needle*", "b*").find("a" * 600 + "needle" + "a" * 600, {}) == (1, 0)


def test_a_variable_without_a_value_leaves_its_pattern_in_doubt() -> None:
    varying = set_of("a/${aws:username}/*", "b*", "a/${aws:none, 'x'}/*")
    assert varying.find("a/ana/1", {"aws:username": "ana"}) == (0b001, 0)
    assert varying.find("a/x/1", {"aws:username": "*"}) == (0b100, 0)
    assert varying.find("b", {}) == (0b010, 0b001)
    assert varying.find("b", {"aws:username": ["b"]}) == (0b010, 0b001)
