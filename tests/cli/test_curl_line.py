"""The curl command that is printed for a domain name."""

import socket
from pathlib import Path
from typing import Any

import pytest

from limen.cli import curl_line as module
from limen.cli.curl_line import curl_line, leads_here
from limen.downstream.authority import ensure_authority

OTHERS = {"domainName": "a.test", "certificate": {"issuerName": "CN=Others"}, "mutualTls": False}


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "leads_here", lambda name: name == "here.test")
    monkeypatch.chdir(tmp_path)
    ensure_authority(tmp_path / "data")
    return tmp_path / "data" / "ca.pem"


def test_a_name_that_leads_elsewhere_is_resolved_by_hand(authority: Path) -> None:
    def line(url: str, host: str) -> str:
        return curl_line(OTHERS, url, authority, host)

    assert line("https://here.test:8443/orders", "0.0.0.0") == "curl https://here.test:8443/orders"
    assert line("https://a.test:8443", "::") == "curl --resolve a.test:8443:127.0.0.1 https://a.test:8443/"
    assert line("https://a.test:8443", "192.0.2.1") == "curl --resolve a.test:8443:192.0.2.1 https://a.test:8443/"
    assert "--resolve a.test:8443:[2001:db8::1] " in line("https://a.test:8443", "2001:db8::1").replace("'", "")


def test_the_authority_of_this_server_is_named_where_it_issued_the_certificate(authority: Path) -> None:
    from cryptography import x509

    issuer = x509.load_pem_x509_certificates(authority.read_bytes())[0].subject.rfc4514_string()
    domain: dict[str, Any] = OTHERS | {"certificate": {"issuerName": issuer}, "mutualTls": True}

    assert curl_line(domain, "https://here.test:1/", authority, "::") == (
        "curl --cacert data/ca.pem --cert CLIENT.pem --key CLIENT-KEY.pem https://here.test:1/"
    )


def test_any_label_stands_for_a_wildcard(authority: Path) -> None:
    shown = curl_line(OTHERS | {"certificate": None}, "https://*.test:1", authority, "::")

    assert shown == "curl --resolve any.test:1:127.0.0.1 https://any.test:1/"


def test_a_name_leads_here_when_its_address_is_one_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = {"here.test": "127.0.0.1", "away.test": "192.0.2.1"}

    def resolve(name: str, *_: object, **__: object) -> list[Any]:
        if name not in addresses:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses[name], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    assert [leads_here(name) for name in ("here.test", "away.test", "unknown.test")] == [True, False, False]
