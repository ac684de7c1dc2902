"""Certificate Manager by boto3 against a real server: what is issued is trusted, what is sealed stays so."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.control.certificates.making import Made, authority
from tests.support.limen_process import LimenProcess

EC = {"KeyAlgorithm": "EC_prime256v1"}
ANY = {"keyTypes": ["RSA_2048", "EC_prime256v1"]}


@pytest.fixture(scope="module")
def limen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    process = LimenProcess(tmp_path_factory.mktemp("acm"), workers=1)
    yield process
    process.stop()


@pytest.fixture
def acm(limen: LimenProcess) -> Any:
    return limen.client("acm")


def test_a_requested_certificate_is_trusted_by_whoever_trusts_the_server(
    limen: LimenProcess, acm: Any, tmp_path: Path
) -> None:
    for name in ("api.shop.test", "api.shop.dev"):
        arn = acm.request_certificate(DomainName=name, ValidationMethod="DNS", **EC)["CertificateArn"]
        acm.get_waiter("certificate_validated").wait(CertificateArn=arn)
        (tmp_path / "c.pem").write_text(acm.get_certificate(CertificateArn=arn)["Certificate"])
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name]
        done = subprocess.run([*command, "-CAfile", limen.ca, tmp_path / "c.pem"], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr

    assert limen.admin().get("/healthz").status == 200, "the bundle is one for clients of the server, too"
    printed = limen.command("trust", "--print", check=False).stdout
    assert printed.count("limen-") == 2 or "none of the directories" in printed


def test_an_import_comes_back_as_it_went_without_its_key(limen: LimenProcess, acm: Any) -> None:
    root = authority()
    leaf = Made("shop.test", issuer=root)
    arn = acm.import_certificate(**leaf.members(root, Tags=[{"Key": "team", "Value": "a"}]))["CertificateArn"]
    shown = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    body = acm.get_certificate(CertificateArn=arn)

    assert (body["Certificate"].encode(), body["CertificateChain"].encode()) == (leaf.pem, root.pem)
    assert shown["NotAfter"] == leaf.certificate.not_valid_after_utc
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    kept = b"".join(
        path.read_bytes()
        for path in limen.data_directory.rglob("*")
        if path.is_file() and path.name not in ("ca-key.pem", "server.pem")
    )
    assert leaf.key_pem.splitlines()[1] not in kept + limen.log.encode()
    assert b"HIDDEN_DUE_TO_SECURITY_REASONS" in kept


def test_lists_go_page_by_page(acm: Any) -> None:
    arns = {acm.request_certificate(DomainName=f"{n}.test", **EC)["CertificateArn"] for n in range(3)}
    pages = acm.get_paginator("list_certificates").paginate(Includes=ANY, PaginationConfig={"PageSize": 2})
    found = [each["CertificateArn"] for page in pages for each in page["CertificateSummaryList"]]

    assert arns <= set(found)
    assert len(found) == len(set(found))


def test_refusals_are_exceptions_that_sdks_know(acm: Any) -> None:
    with pytest.raises(acm.exceptions.ResourceNotFoundException):
        acm.describe_certificate(CertificateArn="arn:aws:acm:us-east-1:000000000000:certificate/none")
    with pytest.raises(acm.exceptions.InvalidArnException):
        acm.delete_certificate(CertificateArn="arn:aws:acm:us-east-1:000000000000:other/none")
    with pytest.raises(ClientError, match=r"ValidationException.*regular expression"):
        acm.request_certificate(DomainName="-no-")
    with pytest.raises(ClientError, match="NotImplementedException"):
        acm.get_account_configuration()


def test_metrics_tell_when_certificates_of_domain_names_end(limen: LimenProcess, acm: Any) -> None:
    arn = acm.request_certificate(DomainName="metered.test", **EC)["CertificateArn"]
    limen.client().create_domain_name(DomainName="metered.test", DomainNameConfigurations=[{"CertificateArn": arn}])
    end = acm.describe_certificate(CertificateArn=arn)["Certificate"]["NotAfter"].timestamp()
    text = limen.admin().get("/metrics").body.decode()

    assert f'limen_certificate_expiry_seconds{{domain_name="metered.test"}} {end:.0f}\n' in text
    with pytest.raises(acm.exceptions.ResourceInUseException):
        acm.delete_certificate(CertificateArn=arn)


def test_an_exported_key_opens_with_its_passphrase(acm: Any, tmp_path: Path) -> None:
    options = {"Export": "ENABLED"}
    arn = acm.request_certificate(DomainName="a.test", Options=options, **EC)["CertificateArn"]
    exported = acm.export_certificate(CertificateArn=arn, Passphrase=b"correct horse")
    file = tmp_path / "server.pem"
    file.write_text(exported["PrivateKey"] + exported["Certificate"])

    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file, password="correct horse")
