"""What `limen domains` is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from limen.control.domain_overview import describe_certificate, served_domains
from limen.store import Store
from limen.store.documents import Document
from limen.store.store import Reader
from tests.control.domain_documents import put_api, put_domain

ENDS = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield opened
    opened.close()


def certificate() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Shop CA")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 255, ENDS - timedelta(days=90), ENDS)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def no_chain(reader: Reader, domain: Document) -> str:
    return ""


def test_a_certificate_is_told_by_its_issuer_and_its_end() -> None:
    assert describe_certificate(certificate()) == {
        "issuer": "Shop CA",
        "issuerName": "CN=Shop CA",
        "serial": "ff",
        "expires": "2027-01-02T03:04:05Z",
    }


def test_a_domain_name_is_told_with_all_that_answers_on_it(store: Store) -> None:
    put_api(store, "api1", "prod")
    put_domain(store, "a.example.com", ("orders", "api1", "prod"))

    [row] = served_domains(store, 8443, lambda reader, domain: certificate())

    assert row["certificate"]["issuer"] == "Shop CA"
    assert row["mappings"] == [
        {
            "path": "orders",
            "apiId": "api1",
            "apiName": "name of api1",
            "stage": "prod",
            "endpointDisabled": False,
            "url": "https://a.example.com:8443/orders",
        }
    ]
    assert (row["mutualTls"], row["rules"], row["warnings"]) == (False, [], [])


@pytest.mark.parametrize(("closed", "warnings"), [(False, 1), (True, 0)])
def test_an_api_that_is_open_beside_mutual_tls_is_warned_of(store: Store, closed: bool, warnings: int) -> None:
    put_api(store, "api1", "prod", closed=closed)
    put_domain(
        store,
        "a.example.com",
        *(("v1", "api1", "prod"), ("v2", "api1", "prod")),
        mutualTlsAuthentication={"truststoreUri": "s3://trust/clients.pem"},
    )

    [row] = served_domains(store, 8443, no_chain)

    assert (row["mutualTls"], row["truststoreUri"]) == (True, "s3://trust/clients.pem")
    assert len(row["warnings"]) == warnings


def test_rules_are_told_by_priority_where_they_are_looked_at(store: Store) -> None:
    put_api(store, "api1", "prod")
    put_domain(store, "a.example.com", ("", "api1", "prod"), routingMode="ROUTING_RULE_ONLY")
    with store.transaction() as documents:
        for key, priority in (("r1", 20), ("r2", 10)):
            action = {"invokeApi": {"apiId": "api1", "stage": "prod"}}
            rule = {"priority": priority, "conditions": [], "actions": [action]}
            documents.put("RoutingRule", "domain/a.example.com", key, rule)

    [row] = served_domains(store, 8443, no_chain)

    assert [rule["priority"] for rule in row["rules"]] == [10, 20]
    assert row["mappings"] == []


def test_what_cannot_be_told_of_one_certificate_hides_nothing_else(store: Store) -> None:
    put_domain(store, "a.example.com")

    def fail(reader: Reader, domain: Document) -> str:
        raise RuntimeError

    assert [row["certificate"] for row in served_domains(store, 8443, fail)] == [None]
