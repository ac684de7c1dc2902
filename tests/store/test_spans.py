"""The interval tree in one column against the obvious question."""

from hypothesis import given
from hypothesis import strategies as st

from limen.store.spans import span_of, spans_around

REVISIONS = st.one_of(st.integers(0, 40), st.integers(0, 2**40))


@given(REVISIONS, REVISIONS, REVISIONS)
def test_a_version_is_found_exactly_at_the_revisions_that_saw_it(one: int, other: int, revision: int) -> None:
    begins, ends = min(one, other), max(one, other) + 1
    lower, upper = spans_around(revision, last_revision=max(ends, revision))
    span = span_of(begins, ends)
    is_found = (span in lower and begins <= revision) or (span in upper and ends > revision)
    assert is_found == (begins <= revision < ends)


def test_a_look_into_the_past_asks_for_few_spans() -> None:
    lower, upper = spans_around(123_456, last_revision=1_000_000)
    assert len(lower) + len(upper) <= 21
