"""Header tuples and status lines."""

from limen.wire import HOP_BY_HOP, STATUS_LINES, ProtocolError, find_header, find_headers, header


def test_headers_are_found_by_lower_case_name() -> None:
    headers = [header(b"Set-Cookie", b"a=1"), header(b"ETag", b'"x"'), header(b"set-cookie", b"b=2")]
    assert find_header(headers, b"set-cookie") == b"a=1"
    assert find_headers(headers, b"set-cookie") == [b"a=1", b"b=2"]
    assert find_header(headers, b"via") is None


def test_every_status_has_a_first_line() -> None:
    assert STATUS_LINES[200] == b"HTTP/1.1 200 OK\r\n"
    assert STATUS_LINES[599] == b"HTTP/1.1 599 \r\n"


def test_connection_headers_are_hop_by_hop() -> None:
    assert {b"connection", b"transfer-encoding", b"te", b"upgrade"} <= HOP_BY_HOP


def test_a_protocol_error_carries_the_status_to_answer() -> None:
    assert ProtocolError(431, "too large").status == 431
