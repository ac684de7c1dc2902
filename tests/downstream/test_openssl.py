"""OpenSSL is called only where it is Python's, and what is changed is that one context."""

import _ssl
import ctypes
import ssl
import sys
from collections.abc import Iterator

import pytest

from limen.downstream.openssl import OpenSsl, find_openssl


@pytest.fixture
def fresh() -> Iterator[None]:
    """As if nobody had looked yet."""
    find_openssl.cache_clear()
    yield
    find_openssl.cache_clear()


@pytest.fixture
def openssl() -> OpenSsl:
    found = find_openssl()
    assert found is not None
    return found


def test_one_context_asks_and_no_other(openssl: OpenSsl) -> None:
    asking, other = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2))
    openssl.ask_for_any_certificate(asking, 1000)
    assert asking.verify_mode == ssl.CERT_OPTIONAL
    assert other.verify_mode == ssl.CERT_NONE


def test_suites_that_do_not_exist_are_told(openssl: OpenSsl) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert openssl.limit_suites(context, "TLS_AES_128_GCM_SHA256")
    assert not openssl.limit_suites(context, "TLS_NONE")
    assert [each["name"] for each in context.get_ciphers() if each["protocol"] == "TLSv1.3"] == [
        "TLS_AES_128_GCM_SHA256"
    ]


@pytest.mark.usefixtures("fresh")
def test_an_openssl_that_is_built_into_python_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(_ssl, "__file__")
    assert find_openssl() is None


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("file", ["/nowhere/_ssl.so", "libc.so.6"])
def test_a_library_without_these_functions_is_left_alone(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setattr(_ssl, "__file__", file)
    assert find_openssl() is None


@pytest.mark.usefixtures("fresh")
def test_another_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssl, "OPENSSL_VERSION", "OpenSSL 9.9.9")
    assert find_openssl() is None


@pytest.mark.usefixtures("fresh")
def test_another_python_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.implementation, "name", "pypy")
    assert find_openssl() is None


@pytest.mark.usefixtures("fresh")
def test_it_is_left_alone_where_what_accepts_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenSsl, "_accepts", lambda self: False)
    assert find_openssl() is None


def test_what_accepts_outlives_whoever_set_it(openssl: OpenSsl) -> None:
    """The handshakes of other tests are made with contexts whose OpenSsl is the process's own; here it is gone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    OpenSsl(ctypes.CDLL(_ssl.__file__)).ask_for_any_certificate(context, 1000)
    assert context.verify_mode == ssl.CERT_OPTIONAL
