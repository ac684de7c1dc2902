"""What every request must be, whatever protocol brought it."""

import pytest

from limen.downstream.acceptance import check_host, check_target, is_forgery, without_nominated
from limen.wire import ProtocolError, header


@pytest.mark.parametrize(
    "host",
    [
        b"localhost",
        b"localhost:8443",
        b"a.b-c.example.",
        b"127.0.0.1:1",
        b"[::1]",
        b"[::ffff:1.2.3.4]:65535",
        b"my_host",
    ],
)
def test_hosts(host: bytes) -> None:
    check_host(host)


@pytest.mark.parametrize(
    "host",
    [
        r" ",
        r"a b",
        r"a/b",
        r"a\b",
        r"a@b",
        r"a,b",
        r"a:",
        r"a:b",
        r"a:123456",
        r"::1",
        r"[::1",
        r"[]",
        r"-a",
        r".",
        r"a%2e",
        r"a?b",
        r"a#b",
        r"",
    ],
)
def test_a_name_with_more_than_a_name_is_no_host(host: str) -> None:
    with pytest.raises(ProtocolError):
        check_host(host.encode())


@pytest.mark.parametrize("host", [b"a\0", b"a\n", b"\xc3\xbc", b"a" * 262])
def test_bytes_that_no_host_has(host: bytes) -> None:
    with pytest.raises(ProtocolError):
        check_host(host)


@pytest.mark.parametrize("target", [b"", b"*", b"a", b"?a", b"http://a/", b"/\x7f", b"/\x80", b"/ ", b"/\t", b"/#"])
def test_what_is_no_target(target: bytes) -> None:
    with pytest.raises(ProtocolError):
        check_target(target, 100)


@pytest.mark.parametrize(
    "name", [b"x_forwarded_for", b"x-forwarded_host", b"x_real_ip", b"content_length", b"x_amzn_oidc_data"]
)
def test_aliases(name: bytes) -> None:
    assert is_forgery(name)


@pytest.mark.parametrize(
    "name",
    [
        *(b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-user", b"x-amzn-oidc-identity", b"x-limen-role"),
        *(b"x-amzn-vpce-id", b"x-amzn-mtls-clientcert", b"x-amzn-apigateway-api-id", b"apigw-requestid"),
    ],
)
def test_names_of_what_others_vouch_for(name: bytes) -> None:
    assert is_forgery(name)


@pytest.mark.parametrize("name", [b"x-forwarded-for", b"my_header", b"host", b"x-amzn-trace-id", b"x-amz-date"])
def test_what_passes(name: bytes) -> None:
    assert not is_forgery(name)


def test_nominated_headers_go_and_those_that_matter_stay() -> None:
    headers = [header(name, b"1") for name in (b"Host", b"Content-Length", b"Upgrade", b"X-Secret", b"X-Forwarded-For")]
    kept = without_nominated(headers, b"close, x-secret ,HOST, content-length, upgrade, X-Forwarded-For")
    assert [name for _, name, _ in kept] == [b"Host", b"Content-Length", b"Upgrade", b"X-Forwarded-For"]
