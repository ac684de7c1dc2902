"""AWS::CertificateManager::Certificate in a template: issued, changed in place, replaced, deleted."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from limen.aws.sealing import Seal
from limen.downstream.authority import ensure_authority
from tests.control.stacks.conftest import Stacks

TEMPLATE = """
Resources:
  Shop:
    Type: AWS::CertificateManager::Certificate
    Properties:
      DomainName: shop.test
      SubjectAlternativeNames: ["*.shop.test"]
      KeyAlgorithm: EC_prime256v1
      ValidationMethod: DNS
      DomainValidationOptions: [{DomainName: shop.test, HostedZoneId: Z123}]
      Tags: [{Key: team, Value: a}]
Outputs:
  Arn: {Value: !Ref Shop}
"""


@pytest.fixture
def shop(stacks: Stacks, tmp_path: Path) -> Stacks:
    ensure_authority(tmp_path / "data")
    stacks.settings = replace(stacks.settings, secrets=Seal(bytes(32), "tests"), issuing=tmp_path / "data")
    return stacks


def described(shop: Stacks, arn: str) -> dict[str, object]:
    found: dict[str, object] = shop.aws("DescribeCertificate", "acm", CertificateArn=arn)["Certificate"]
    return found


def test_a_stack_makes_and_deletes_a_certificate(shop: Stacks) -> None:
    deployed = shop.deploy(TEMPLATE)
    arn = shop.outputs(deployed)["Arn"]

    assert described(shop, arn)["SubjectAlternativeNames"] == ["shop.test", "*.shop.test"]
    assert shop.aws("ListTagsForCertificate", "acm", CertificateArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    shop.delete()
    listed = shop.aws("ListCertificates", "acm", Includes={"keyTypes": ["EC_prime256v1"]})
    assert listed["CertificateSummaryList"] == []


def test_tags_and_options_change_in_place_and_names_do_not(shop: Stacks) -> None:
    exported = TEMPLATE.replace("Value: a}]", "Value: a}]\n      CertificateExport: ENABLED")
    arn = shop.outputs(shop.deploy(exported))["Arn"]
    options = described(shop, arn)["Options"]
    assert isinstance(options, dict) and options["Export"] == "ENABLED"
    assert shop.outputs(shop.deploy(TEMPLATE.replace("Value: a}]", "Value: b}]")))["Arn"] == arn
    options = described(shop, arn)["Options"]
    assert isinstance(options, dict) and options["Export"] == "DISABLED"
    assert shop.aws("ListTagsForCertificate", "acm", CertificateArn=arn)["Tags"] == [{"Key": "team", "Value": "b"}]
    shop.deploy(TEMPLATE.replace("\n      Tags: [{Key: team, Value: a}]", ""))
    assert shop.aws("ListTagsForCertificate", "acm", CertificateArn=arn)["Tags"] == []
    assert "can be exported only where" in shop.refusal(exported)
    assert shop.outputs(shop.deploy(TEMPLATE.replace("*.shop", "www.shop")))["Arn"] != arn


def test_a_private_authority_is_refused_by_name(shop: Stacks) -> None:
    line = "\n      CertificateAuthorityArn: arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/x"

    assert "Limen has no private certificate authorities" in shop.refusal(
        TEMPLATE.replace("\n      ValidationMethod: DNS", line)
    )


def test_a_certificate_that_was_data_alone_is_made(shop: Stacks) -> None:
    arn = shop.outputs(shop.deploy(TEMPLATE))["Arn"]
    with shop.store.transaction() as documents:
        ((parent, key, record),) = documents.all("StackResource")
        document = record | {"physicalResourceId": arn[:-3] + "xyz", "_document": None}
        documents.put("StackResource", parent, key, document)

    assert shop.outputs(shop.deploy(TEMPLATE))["Arn"] != arn
