"""Header lists of HTTP/2: whatever comes is a request that HTTP/1.1 could carry, or refused."""

from hypothesis import given
from hypothesis import strategies as st

from limen.downstream.http2_request import read_request
from limen.downstream.limits import Limits
from limen.wire import ProtocolError

BASE = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")]
names = st.sampled_from(
    [b":path", b":method", b"host", b"cookie", b"content-length", b"te", b"x-a", b"X", b"a b", b"expect"]
)
values = st.sampled_from([b"/b", b"POST", b"a", b"", b"1", b"trailers", b"c=1", b" padded "]) | st.binary(max_size=20)


@given(st.lists(st.tuples(names | st.binary(max_size=8), values), max_size=6))
def test_what_is_accepted_fits_a_line(fields: list[tuple[bytes, bytes]]) -> None:
    try:
        request = read_request([*BASE, *fields], Limits())
    except ProtocolError as error:
        assert error.status in (400, 413, 414, 417, 431)
        return
    assert request.headers[0] == (b"host", b"host", request.host)
    assert [lower for lower, _, _ in request.headers].count(b"host") == 1
    for lower, name, value in request.headers:
        assert lower == name == name.lower()
        assert not set(name + value) & {0, 10, 13}
        assert value == value.strip(b" \t")


def test_the_host_stands_in_for_a_missing_authority() -> None:
    request = read_request([*BASE[:2], BASE[3], (b"host", b"b")], Limits())
    assert (request.host, request.headers) == (b"b", ((b"host", b"host", b"b"),))
