"""Words that both sides of the wire share."""

from limen.wire import HOP_BY_HOP, STATUS_LINES, ProtocolError, find_header, find_headers, header

HEADERS = [header(b"Accept", b"a"), header(b"X-Id", b"1"), header(b"x-id", b"2")]


def test_a_header_keeps_its_name_as_written():
    assert header(b"X-Id", b"1") == (b"x-id", b"X-Id", b"1")


def test_headers_are_found_by_their_lower_case_name():
    assert find_header(HEADERS, b"x-id") == b"1"
    assert find_headers(HEADERS, b"x-id") == [b"1", b"2"]
    assert find_header(HEADERS, b"host") is None
    assert find_headers(HEADERS, b"host") == []


def test_every_status_has_a_line():
    assert STATUS_LINES[404] == b"HTTP/1.1 404 Not Found\r\n"
    assert STATUS_LINES[299] == b"HTTP/1.1 299 \r\n"


def test_what_belongs_to_one_connection_is_lower_case():
    assert {name.lower() for name in HOP_BY_HOP} == HOP_BY_HOP
    assert b"content-length" not in HOP_BY_HOP


def test_a_protocol_error_carries_what_the_client_is_told():
    error = ProtocolError(431, "headers too large")

    assert (error.status, str(error)) == (431, "headers too large")
