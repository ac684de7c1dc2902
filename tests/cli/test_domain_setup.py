"""What `limen domains add` and `remove` change, and what they leave."""

from pathlib import Path
from typing import Any, cast

import pytest

from limen.cli.admin_port import AdminPort
from limen.cli.domain_setup import DomainSetup, OwnCertificate, Wanted, read_certificate, remove_domain
from limen.cli.failure import CommandError
from tests.cli.domain_port import URI, DomainPort

NAME = "api.shop.test"
PATH = f"/v2/domainnames/{NAME}"
ONE = OwnCertificate(b"one\n", b"key", b"root\n")
TWO = OwnCertificate(b"two\n", b"key", b"root\n")


def add(port: DomainPort, **wanted: Any) -> list[str]:
    values = {"name": NAME, "api": "shop", "stage": "prod", "path": "", "own_certificate": None, "truststore": None}
    return DomainSetup(cast("AdminPort", port), Wanted(**(values | {"closes_api": False} | wanted))).run()


def test_all_of_it_is_made_once() -> None:
    port = DomainPort()

    lines = add(port, path="orders")

    assert port.changes == ["RequestCertificate", "POST /v2/domainnames", f"POST {PATH}/apimappings"]
    assert lines == [
        "+ certificate arn:0: issued by this server's authority",
        f"+ domain name {NAME}",
        f"+ https://{NAME}/orders -> shop/prod",
    ]
    assert port.domains[NAME]["domainNameConfigurations"] == [{"certificateArn": "arn:0"}]
    assert port.mappings[NAME] == [
        {"apiId": "a1", "stage": "prod", "apiMappingKey": "orders", "apiMappingId": "m0"},
    ]

    port.changes.clear()
    assert add(port, path="orders") == []
    assert port.changes == []


def test_a_certificate_that_was_brought_is_imported_again_when_it_is_another() -> None:
    port = DomainPort()
    add(port, own_certificate=ONE)
    assert port.certificates["arn:0"]["CertificateChain"] == "root\n"
    assert add(port, own_certificate=ONE) == []

    assert add(port, own_certificate=TWO) == ["~ certificate arn:0: imported again"]
    assert port.certificates["arn:0"]["Certificate"] == "two\n"


def test_one_that_is_brought_takes_the_place_of_one_that_was_issued() -> None:
    port = DomainPort()
    add(port)

    lines = add(port, own_certificate=ONE)

    assert lines == ["+ certificate arn:1: imported", f"~ domain name {NAME}: domainNameConfigurations"]
    assert port.domains[NAME]["domainNameConfigurations"] == [{"certificateArn": "arn:1"}]


def test_a_truststore_may_be_a_file_or_be_in_a_bucket(tmp_path: Path) -> None:
    file = tmp_path / "clients.pem"
    file.write_text("certificates")
    port = DomainPort()
    add(port, truststore=str(file))
    assert port.domains[NAME]["mutualTlsAuthentication"] == {"truststoreUri": URI}
    assert add(port, truststore=str(file)) == []

    changed = add(port, truststore="s3://trust/clients.pem")

    assert changed == [f"~ domain name {NAME}: mutualTlsAuthentication"]
    assert add(port) == [], "what is not named stays"
    assert port.domains[NAME]["mutualTlsAuthentication"] == {"truststoreUri": "s3://trust/clients.pem"}


def test_a_path_that_leads_elsewhere_is_turned() -> None:
    port = DomainPort()
    add(port)
    port.apis[1]["stages"].append({"stageName": "next", "deploymentId": "d2", "endpointDisabled": False})

    assert add(port, stage="next") == [f"~ https://{NAME}/ -> shop/next"]
    assert [mapping["stage"] for mapping in port.mappings[NAME]] == ["next"]


def test_the_endpoint_of_the_api_is_closed_once() -> None:
    port = DomainPort()

    assert add(port, closes_api=True)[-1] == "~ shop: disableExecuteApiEndpoint"
    assert add(port, closes_api=True) == []


def test_a_certificate_is_not_left_behind_when_there_is_no_domain_name() -> None:
    port = DomainPort()
    port.refuses = "POST /v2/domainnames"

    with pytest.raises(CommandError, match="refused"):
        add(port)

    assert port.certificates == {}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"api": "other"}, "there is no API other in us-east-1"),
        ({"stage": "dev"}, "shop has no stage dev, but prod"),
        ({"truststore": "missing.pem"}, "cannot read missing.pem: No such file or directory"),
    ],
)
def test_what_is_not_there_is_named_before_anything_changes(wanted: dict[str, str], message: str) -> None:
    port = DomainPort()

    with pytest.raises(CommandError) as refused:
        add(port, **wanted)

    assert str(refused.value) == message
    assert port.changes == []


def test_an_api_is_found_by_its_id_where_names_are_not_enough() -> None:
    port = DomainPort()
    port.apis.append(port.apis[1] | {"apiId": "a2"})

    with pytest.raises(CommandError, match="2 APIs have the name shop: give an id"):
        add(port)
    add(port, api="a2")
    assert port.mappings[NAME][0]["apiId"] == "a2"


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    file = tmp_path / "cert.pem"
    file.write_text("one")

    for given in ((file, None, None), (None, file, None), (None, None, file)):
        with pytest.raises(CommandError, match="give --certificate and --key, both"):
            read_certificate(*given)
    assert read_certificate(None, None, None) is None
    assert read_certificate(file, file, None) == OwnCertificate(b"one", b"one", None)


def test_a_file_may_hold_the_chain_behind_the_certificate(tmp_path: Path) -> None:
    def pem(text: str) -> str:
        return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----"

    full, key, more = tmp_path / "fullchain.pem", tmp_path / "key.pem", tmp_path / "chain.pem"
    full.write_text(f"{pem('own')}\n{pem('issuer')}\n")
    key.write_text("key")
    more.write_text(pem("root"))

    read = read_certificate(full, key, None)
    assert read == OwnCertificate(pem("own").encode(), b"key", pem("issuer").encode())
    both = read_certificate(full, key, more)
    assert both is not None
    assert both.chain == f"{pem('issuer')}\n{pem('root')}".encode()


def test_a_certificate_that_was_issued_goes_with_its_name() -> None:
    port = DomainPort()
    add(port)

    lines = remove_domain(cast("AdminPort", port), NAME)

    assert lines == [f"- domain name {NAME}", "- certificate arn:0"]
    assert (port.domains, port.certificates) == ({}, {})
    with pytest.raises(CommandError, match=f"there is no domain name {NAME}"):
        remove_domain(cast("AdminPort", port), NAME)


@pytest.mark.parametrize("more", [{"Type": "IMPORTED"}, {"InUseBy": ["arn:other"]}, {"DomainName": "*.shop.test"}])
def test_a_certificate_that_is_somebody_elses_too_is_kept(more: dict[str, Any]) -> None:
    port = DomainPort()
    add(port)
    port.certificates["arn:0"] |= more

    assert remove_domain(cast("AdminPort", port), NAME)[1] == "  certificate arn:0 is kept"
    assert "arn:0" in port.certificates
