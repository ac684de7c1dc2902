"""Lists of certificates: filters and pages."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from limen.control.certificates import quotas
from limen.control.certificates.issuing import CERTIFICATE_DAYS
from tests.control.certificates.conftest import Acm
from tests.control.certificates.making import Made

ANY = {"keyTypes": ["EC_prime256v1", "RSA_2048", "RSA_3072"]}


def names(acm: Acm, **members: Any) -> list[str]:
    listed = acm("ListCertificates", **{"Includes": ANY, **members})
    return [each["DomainName"] for each in listed["CertificateSummaryList"]]


def test_keys_of_two_kinds_are_listed_where_nobody_asks_for_others(acm: Acm) -> None:
    acm.request("ec.test")
    acm("RequestCertificate", DomainName="rsa.test")
    acm("ImportCertificate", **Made("big.test", key=rsa.generate_private_key(65537, 3072)).members())

    assert [each["DomainName"] for each in acm("ListCertificates")["CertificateSummaryList"]] == ["rsa.test"]
    assert names(acm) == ["ec.test", "rsa.test", "big.test"]
    assert names(acm, Includes={"keyTypes": ["RSA_3072"]}) == ["big.test"]


def test_a_summary_tells_what_the_certificate_is_for(acm: Acm) -> None:
    arn = acm.request("a.test", "b.test", Options={"Export": "ENABLED"})
    acm.serve("b.test", arn)
    (summary,) = acm("ListCertificates", Includes=ANY)["CertificateSummaryList"]

    assert summary["SubjectAlternativeNameSummaries"] == ["a.test", "b.test"]
    assert (summary["InUse"], summary["Exported"], summary["ExportOption"]) == (True, False, "ENABLED")
    assert summary["ExtendedKeyUsages"] == ["TLS_WEB_SERVER_AUTHENTICATION"]
    assert summary["CertificateKeyPairOrigin"] == "AWS_MANAGED"


def test_filters_are_weighed_together(acm: Acm) -> None:
    acm.request("requested.test", Options={"Export": "ENABLED"})
    acm("ImportCertificate", **Made("imported.test", days=(-1, 900)).members())

    assert names(acm, CertificateStatuses=["EXPIRED"]) == []
    assert names(acm, CertificateKeyPairOrigins=["CUSTOMER_PROVIDED"]) == ["imported.test"]
    assert names(acm, Includes=ANY | {"exportOption": "ENABLED"}) == ["requested.test"]
    assert names(acm, Includes=ANY | {"keyUsage": ["DIGITAL_SIGNATURE"]}) == ["requested.test"]
    assert names(acm, Includes=ANY | {"extendedKeyUsage": ["CODE_SIGNING"]}) == []
    assert names(acm, Includes=ANY | {"managedBy": "CLOUDFRONT"}) == []
    acm.clock.ahead = (CERTIFICATE_DAYS + 1) * 86_400
    assert names(acm, CertificateStatuses=["EXPIRED"]) == ["requested.test"]
    assert names(acm, CertificateStatuses=["ISSUED"]) == ["imported.test"]


def test_pages_go_on_where_the_last_ended(acm: Acm) -> None:
    arns = [acm.request(f"{number}.test") for number in range(5)]
    first = acm("ListCertificates", Includes=ANY, MaxItems=2)
    acm("DeleteCertificate", CertificateArn=arns[0])

    assert names(acm, MaxItems=2, NextToken=first["NextToken"]) == ["2.test", "3.test"]
    assert names(acm, SortBy="CREATED_AT", SortOrder="DESCENDING") == ["4.test", "3.test", "2.test", "1.test"]
    assert "SortBy and SortOrder" in acm.refuses("ListCertificates", SortBy="CREATED_AT")
    assert acm.refuses("ListCertificates", NextToken="no") == "ValidationException: The NextToken is invalid."


def test_a_region_lists_its_own(acm: Acm) -> None:
    acm.request("a.test")

    assert acm("ListCertificates", region="eu-west-1", Includes=ANY)["CertificateSummaryList"] == []


def test_quotas_hold_where_they_are_enforced(acm: Acm, monkeypatch: Any) -> None:
    import msgspec

    from limen.control.invoke import make_invoke

    monkeypatch.setattr(quotas, "MOST_CERTIFICATES", 1)
    acm.request(*(f"{number}.test" for number in range(12)))
    acm.request("b.test")
    acm._invoke = make_invoke(acm.store, msgspec.structs.replace(acm.settings, quotas_enforced=True))
    assert "LimitExceededException: You have reached the maximum number" in acm.refuses(
        "ImportCertificate", **Made("a.test").members()
    )
    monkeypatch.setattr(quotas, "MOST_CERTIFICATES", 9)
    acm._invoke = make_invoke(acm.store, msgspec.structs.replace(acm.settings, quotas_enforced=True))
    many = [f"{number}.test" for number in range(10)]
    assert "A certificate may have 10 domain names, not 11" in acm.refuses(
        "RequestCertificate", DomainName="x.test", SubjectAlternativeNames=many
    )
