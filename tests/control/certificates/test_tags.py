"""Tags of certificates."""

from tests.control.certificates.conftest import Acm


def tags(acm: Acm, arn: str) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in acm("ListTagsForCertificate", CertificateArn=arn)["Tags"]}


def test_tags_come_and_go(acm: Acm) -> None:
    arn = acm.request("a.test", Tags=[{"Key": "team", "Value": "a"}, {"Key": "bare"}])
    acm("AddTagsToCertificate", CertificateArn=arn, Tags=[{"Key": "team", "Value": "b"}, {"Key": "x", "Value": "1"}])

    assert tags(acm, arn) == {"team": "b", "bare": "", "x": "1"}
    acm("RemoveTagsFromCertificate", CertificateArn=arn, Tags=[{"Key": "team", "Value": "a"}, {"Key": "x"}])
    assert tags(acm, arn) == {"team": "b", "bare": ""}, "one named with another value stays"
    assert "Tags" not in acm.describe(arn)


def test_tags_that_cannot_be_are_refused(acm: Acm) -> None:
    arn = acm.request("a.test")
    many = [{"Key": str(number)} for number in range(50)]
    acm("AddTagsToCertificate", CertificateArn=arn, Tags=many)

    def refused(operation: str, *keys: str) -> str:
        return acm.refuses(operation, CertificateArn=arn, Tags=[{"Key": key} for key in keys])

    assert refused("AddTagsToCertificate", "more").startswith("TooManyTagsException")
    assert refused("AddTagsToCertificate", "aws:x").startswith("InvalidTagException")
    assert refused("RemoveTagsFromCertificate", "AWS:x").startswith("InvalidTagException")
    assert refused("AddTagsToCertificate", "1", "1").startswith("InvalidTagException: The tag key 1 is given more")
    assert len(tags(acm, arn)) == 50
