"""Lists in pages, by token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.errors import AwsError
from limen.aws.pages import DEFAULT_RESULTS, MOST_RESULTS, V1, page, page_size, read_page

ITEMS = [(f"key{number}", number) for number in range(60)]


def read_after(key: str | None, limit: int) -> list[tuple[str, int]]:
    start = 0 if key is None else [each for each, _ in ITEMS].index(key) + 1
    return ITEMS[start : start + limit]


@given(st.integers(1, 500))
def test_pages_show_everything_once(size: int):
    for turn in (lambda token: page(ITEMS, str(size), token), lambda token: read_page(read_after, size, token)):
        shown, token = turn(None)
        while token is not None:
            more, token = turn(token)
            shown += more
        assert shown == [item for _, item in ITEMS]


def test_twenty_five_by_default_and_no_token_at_the_end():
    assert len(page(ITEMS, None, None)[0]) == DEFAULT_RESULTS == 25
    assert page(ITEMS[:25], None, None)[1] is None
    assert page([], None, None) == ([], None)


def test_a_page_goes_on_where_the_last_item_was_deleted():
    _, token = page(ITEMS, 10, None)

    assert page(ITEMS[:9] + ITEMS[10:], 1, token)[0] == [11]
    assert page(ITEMS[:5] + ITEMS[6:], 1, token)[0] == [10]
    assert page(ITEMS[:3], 1, token) == ([], None)


@pytest.mark.parametrize("size", ["0", "501", "-1", "x", "", "1.5", "٣", "9" * 5000, "1\n"])
def test_a_bad_size_is_refused(size: str):
    with pytest.raises(AwsError, match="BadRequestException: Invalid maxResults specified"):
        page_size(size)


@pytest.mark.parametrize("token", ["x", "ü", "W10=", "WyJhIiwwXQ==", "WyJhIix0cnVlXQ==", "WzEsMV0=", "eyJhIjoxfQ=="])
def test_a_bad_token_is_refused(token: str):
    with pytest.raises(AwsError, match="BadRequestException: Invalid nextToken specified"):
        page(ITEMS, None, token)


def test_the_first_version_speaks_of_limit_and_position():
    assert page_size(5000, V1) == MOST_RESULTS
    with pytest.raises(AwsError, match="Invalid limit specified"):
        page_size(0, V1)
    with pytest.raises(AwsError, match="Invalid position specified"):
        read_page(read_after, None, "x", V1)
