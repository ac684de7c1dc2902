"""RequestCertificate and what follows: issued at once, by an authority that clients of this server trust."""

import subprocess
from pathlib import Path

import pytest

from limen.control.certificates.issuing import CERTIFICATE_DAYS, KEY_ALGORITHMS
from tests.control.certificates.conftest import UNKNOWN, Acm
from tests.control.certificates.making import Made

DAY = 86_400


def verify(acm: Acm, tmp_path: Path, arn: str, host: str) -> subprocess.CompletedProcess[str]:
    """What openssl says of a certificate, as a strict client that trusts `ca.pem`."""
    file = tmp_path / "certificate.pem"
    file.write_text(acm("GetCertificate", CertificateArn=arn)["Certificate"])
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", host]
    return subprocess.run(
        [*command, "-CAfile", acm.directory / "ca.pem", file], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("algorithm", KEY_ALGORITHMS)
def test_a_certificate_is_issued_at_once(acm: Acm, tmp_path: Path, algorithm: str) -> None:
    made = acm("RequestCertificate", DomainName="api.shop.test", KeyAlgorithm=algorithm, ValidationMethod="DNS")
    shown = acm.describe(made["CertificateArn"])

    assert (shown["Status"], shown["Type"], shown["KeyAlgorithm"]) == ("ISSUED", "AMAZON_ISSUED", algorithm)
    assert (shown["DomainName"], shown["Issuer"], shown["InUseBy"]) == ("api.shop.test", "Limen", [])
    assert shown["CreatedAt"] == shown["IssuedAt"]
    assert not [name for name in shown if name.startswith("_")]
    assert verify(acm, tmp_path, made["CertificateArn"], "api.shop.test").returncode == 0
    assert verify(acm, tmp_path, made["CertificateArn"], "web.shop.test").returncode != 0


def test_keys_are_rsa_where_nobody_says_otherwise(acm: Acm) -> None:
    arn = acm("RequestCertificate", DomainName="api.shop.test")["CertificateArn"]
    shown = acm.describe(arn)

    assert shown["KeyAlgorithm"] == "RSA_2048"
    assert {"Name": "KEY_ENCIPHERMENT"} in shown["KeyUsages"]
    assert shown["ExtendedKeyUsages"] == [{"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"}]


@pytest.mark.parametrize("name", ["api.shop.dev", "*.shop.dev", "deep.api.shop.dev"])
def test_names_of_the_web_are_signed_by_an_authority_of_their_own(acm: Acm, tmp_path: Path, name: str) -> None:
    arn = acm.request(name)

    assert verify(acm, tmp_path, arn, name.replace("*", "a")).returncode == 0
    authorities = (acm.directory / "ca.pem").read_bytes().count(b"BEGIN CERTIFICATE")
    assert authorities == 2
    assert acm("GetCertificate", CertificateArn=arn)["CertificateChain"] in (acm.directory / "ca.pem").read_text()


def test_all_names_stand_in_one_certificate(acm: Acm, tmp_path: Path) -> None:
    arn = acm.request("api.shop.test", "*.Shop.dev", "shop.app", "api.shop.test")

    assert acm.describe(arn)["SubjectAlternativeNames"] == ["api.shop.test", "*.shop.dev", "shop.app"]
    assert [verify(acm, tmp_path, arn, host).returncode for host in ("api.shop.test", "x.shop.dev", "shop.app")] == [
        0
    ] * 3


def test_terraform_finds_records_of_a_validation_that_went_well(acm: Acm) -> None:
    arn = acm.request("shop.test", "*.shop.test", "other.test", ValidationMethod="DNS")
    first, wildcard, other = acm.describe(arn)["DomainValidationOptions"]

    assert {each["ValidationStatus"] for each in (first, wildcard, other)} == {"SUCCESS"}
    assert first["ResourceRecord"] == wildcard["ResourceRecord"]
    assert first["ResourceRecord"]["Name"].endswith(".shop.test.")
    assert first["ResourceRecord"]["Type"] == "CNAME"
    assert other["ResourceRecord"]["Name"] != first["ResourceRecord"]["Name"]


def test_validation_by_email_names_mailboxes(acm: Acm) -> None:
    options = [{"DomainName": "api.shop.test", "ValidationDomain": "shop.test"}]
    arn = acm.request("api.shop.test", DomainValidationOptions=options)
    (validation,) = acm.describe(arn)["DomainValidationOptions"]

    assert "admin@shop.test" in validation["ValidationEmails"]
    assert "ResourceRecord" not in validation
    assert "sends no validation email" in acm.refuses(
        "ResendValidationEmail", CertificateArn=arn, Domain="api.shop.test", ValidationDomain="shop.test"
    )


def test_what_cannot_be_requested_is_named(acm: Acm) -> None:
    for members, told in (
        ({"KeyAlgorithm": "RSA_4096"}, "ValidationException: The key algorithm RSA_4096 cannot be requested"),
        ({"CertificateAuthorityArn": "arn:aws:acm-pca:us-east-1:1:certificate-authority/x"}, "CertificateAuthorityArn"),
        (
            {"DomainValidationOptions": [{"DomainName": "a.test", "ValidationDomain": "b.test"}]},
            "InvalidDomainValidationOptionsException: The validation domain b.test is not a superdomain of a.test.",
        ),
        (
            {"DomainValidationOptions": [{"DomainName": "c.test", "ValidationDomain": "c.test"}]},
            "InvalidDomainValidationOptionsException: c.test is not a domain name of this request.",
        ),
        ({"Tags": [{"Key": "aws:x"}]}, "InvalidTagException"),
        ({"DomainName": f"{'a' * 60}.test"}, "InvalidParameterException: The first domain name can have 64"),
    ):
        assert told in acm.refuses("RequestCertificate", **{"DomainName": "a.test", **members})


def test_a_token_stands_for_one_request_for_an_hour(acm: Acm) -> None:
    first = acm.request("a.test", IdempotencyToken="t")

    assert acm.request("a.test", IdempotencyToken="t") == first
    assert acm.request("b.test", IdempotencyToken="t") != first
    second = acm.request("a.test", IdempotencyToken="t")
    assert second != first
    acm.clock.ahead = 3_700
    assert acm.request("a.test", IdempotencyToken="t") not in (first, second)


def test_renewal_keeps_the_arn_and_the_kind_of_key(acm: Acm, tmp_path: Path) -> None:
    arn = acm.request("api.shop.test")
    before = acm.describe(arn)
    acm.clock.ahead = 100 * DAY
    acm("RenewCertificate", CertificateArn=arn)
    after = acm.describe(arn)

    assert after["Serial"] != before["Serial"]
    assert after["NotAfter"] > before["NotAfter"]
    assert after["NotBefore"][:10] == before["NotBefore"][:10], "clients have not moved their clocks"
    assert after["KeyAlgorithm"] == before["KeyAlgorithm"]
    assert after["RenewalSummary"]["RenewalStatus"] == "SUCCESS"
    assert verify(acm, tmp_path, arn, "api.shop.test").returncode == 0


def test_an_imported_certificate_is_not_renewed_here(acm: Acm) -> None:
    arn = acm("ImportCertificate", **Made("a.test").members())["CertificateArn"]

    assert "was imported" in acm.refuses("RenewCertificate", CertificateArn=arn)
    assert "InvalidStateException" in acm.refuses(
        "UpdateCertificateOptions", CertificateArn=arn, Options={"Export": "ENABLED"}
    )


def test_a_certificate_expires_by_the_clock_of_the_server(acm: Acm) -> None:
    arn = acm.request("a.test")
    acm.clock.ahead = (CERTIFICATE_DAYS + 1) * DAY

    assert acm.describe(arn)["Status"] == "EXPIRED"


def test_options_are_updated_but_no_key_may_leave_that_might_not_before(acm: Acm) -> None:
    arn = acm.request("a.test", Options={"Export": "ENABLED"})
    for export in ("ENABLED", "DISABLED"):
        acm("UpdateCertificateOptions", CertificateArn=arn, Options={"Export": export})
    refused = acm.refuses("UpdateCertificateOptions", CertificateArn=arn, Options={"Export": "ENABLED"})

    assert refused.startswith("ValidationException: The private key of a certificate can be exported only")
    assert acm.describe(arn)["Options"] == {
        "CertificateTransparencyLoggingPreference": "ENABLED",
        "Export": "DISABLED",
    }
    assert "cannot be exported" in acm.refuses("ExportCertificate", CertificateArn=arn, Passphrase=b"1234")


def test_a_certificate_is_of_one_region_and_account(acm: Acm) -> None:
    arn = acm.request("a.test")

    assert acm.refuses("DescribeCertificate", CertificateArn=arn, region="eu-west-1") == (
        f"ResourceNotFoundException: Could not find certificate {arn} in account 000000000000"
    )
    assert "ResourceNotFoundException" in acm.refuses("DescribeCertificate", CertificateArn=UNKNOWN)
    other = "arn:aws:acm:us-east-1:000000000000:endpoint/x"
    assert acm.refuses("DescribeCertificate", CertificateArn=other).startswith("InvalidArnException")
