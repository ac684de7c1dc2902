"""Which certificates domain names may have, and what is served by them."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from limen.aws.errors import AwsError
from limen.control.certificates.serving import certificate_nouns, served_certificate
from tests.control.certificates.conftest import ACCOUNT, UNKNOWN, Acm
from tests.control.certificates.making import Made, authority


def served(acm: Acm, domain: dict[str, Any]) -> tuple[str, str]:
    with acm.store.reader() as reader:
        return served_certificate(reader, domain, acm.settings.secrets_seal)


def loads(chain: str, key: str, directory: Path) -> list[str]:
    """The names that TLS would show."""
    (directory / "server.pem").write_text(key + chain)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(directory / "server.pem")
    shown = ssl._ssl._test_decode_cert(directory / "server.pem")  # type: ignore[attr-defined]
    return [name for _, name in shown["subjectAltName"]]


def test_an_unknown_arn_is_stood_in_for(acm: Acm, tmp_path: Path) -> None:
    domain = acm.serve("api.shop.dev", UNKNOWN)
    first = served(acm, domain)

    assert loads(*first, tmp_path) == ["api.shop.dev"]
    acm.serve("api.shop.dev", UNKNOWN)
    assert served(acm, domain) == first, "one is enough"
    acm.clock.ahead = 150 * 86_400
    acm.serve("api.shop.dev", UNKNOWN)
    assert served(acm, domain) != first, "but not one that ends soon"


def test_a_known_certificate_takes_the_place_of_a_stand_in(acm: Acm, tmp_path: Path) -> None:
    acm.serve("api.shop.test", UNKNOWN)
    domain = acm.serve("api.shop.test", acm.request("*.shop.test"))

    assert loads(*served(acm, domain), tmp_path) == ["*.shop.test"]
    domain["domainNameConfigurations"] = [{"certificateArn": UNKNOWN}]
    assert served(acm, domain) == ("", "")


def test_an_imported_chain_is_served_and_our_own_root_is_not(acm: Acm, tmp_path: Path) -> None:
    root = authority()
    middle = authority("Middle", root)
    leaf = Made("shop.test", issuer=middle)
    arn = acm("ImportCertificate", **leaf.members(middle))["CertificateArn"]
    chain, key = served(acm, acm.serve("shop.test", arn))
    own, _ = served(acm, acm.serve("own.test", acm.request("own.test")))

    assert (chain.encode(), key.encode()) == (leaf.pem + middle.pem, leaf.key_pem)
    assert own.count("BEGIN CERTIFICATE") == 1


def test_a_new_import_is_served_at_once(acm: Acm, tmp_path: Path) -> None:
    arn = acm("ImportCertificate", **Made("shop.test").members())["CertificateArn"]
    domain = acm.serve("shop.test", arn)
    again = Made("shop.test")
    acm("ImportCertificate", **again.members(CertificateArn=arn))

    assert served(acm, domain)[0].encode() == again.pem
    assert "Certificate" in certificate_nouns()


def test_a_certificate_must_be_for_the_name_and_in_force(acm: Acm) -> None:
    arn = acm.request("api.shop.test", "*.eu.shop.test")
    weak = acm("ImportCertificate", **Made("a.test", key=rsa.generate_private_key(65537, 1024)).members())

    with pytest.raises(AwsError, match=r"does not cover the domain name shop\.test: it is for api\.shop\.test"):
        acm.serve("shop.test", arn)
    with pytest.raises(AwsError, match="RSA_1024 with SHA256WITHRSA is not secure"):
        acm.serve("a.test", weak["CertificateArn"])
    acm.serve("x.eu.shop.test", arn)
    acm.clock.ahead = 400 * 86_400
    with pytest.raises(AwsError, match="Certificate must be ISSUED, and is EXPIRED") as raised:
        acm.serve("api.shop.test", arn)
    assert raised.value.code == "BadRequestException"


def test_certificates_of_another_region_serve_edge_domain_names(acm: Acm, tmp_path: Path) -> None:
    made = acm("RequestCertificate", region="us-east-1", DomainName="edge.test", KeyAlgorithm="EC_prime256v1")
    domain = {
        "domainName": "edge.test",
        "_account": ACCOUNT,
        "domainNameConfigurations": [{"certificateArn": made["CertificateArn"]}],
    }

    assert loads(*served(acm, domain), tmp_path) == ["edge.test"]


def test_nobody_serves_with_a_certificate_of_another_account(acm: Acm) -> None:
    domain = acm.serve("a.test", acm.request("a.test"))

    assert served(acm, domain | {"_account": "111111111111"}) == ("", "")


def test_a_key_that_does_not_open_leaves_the_name_without_a_certificate(acm: Acm) -> None:
    domain = acm.serve("a.test", acm.request("a.test"))

    assert served(Acm(acm.store, acm.directory, key=b"1" * 32), domain) == ("", "")
