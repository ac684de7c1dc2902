"""ARNs: read, written, refused."""

import pytest

from limen.aws.arn import Arn, find_arn, new_arn


def test_an_arn_is_read_and_written():
    text = "arn:aws:lambda:eu-west-1:123456789012:function:name:alias"

    arn = find_arn(text)

    assert arn == Arn("aws", "lambda", "eu-west-1", "123456789012", "function:name:alias")
    assert str(arn) == text


@pytest.mark.parametrize("text", ["", "arn:aws", "x:aws:s:r:a:b", "arn::s:r:a:b", "arn:aws:s:r:a:"])
def test_other_text_is_no_arn(text: str):
    assert find_arn(text) is None


@pytest.mark.parametrize(
    ("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_the_region_tells_the_partition(region: str, partition: str):
    assert str(new_arn("apigateway", region, "", "/apis/a")) == f"arn:{partition}:apigateway:{region}::/apis/a"
