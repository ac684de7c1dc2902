"""URIs of AWS integrations, form by form."""

import pytest

from limen.gateway.errors import PlanError
from limen.integrations.service_uri import ServiceUri, check_service_uri, parse_service_uri

FORMS = {
    "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem": ("us-east-1", "dynamodb", "PutItem", "/?Action=PutItem"),
    "arn:aws:apigateway:us-east-1:ec2:action/DescribeRegions&Version=2016-11-15&AllRegions=true": (
        "us-east-1",
        "ec2",
        "DescribeRegions",
        "/?Action=DescribeRegions&Version=2016-11-15&AllRegions=true",
    ),
    "arn:aws:apigateway:us-west-2:s3:path/{bucket}/{object}": ("us-west-2", "s3", "", "/{bucket}/{object}"),
    "arn:aws:apigateway:us-west-2:s3:path//": ("us-west-2", "s3", "", "/"),
    "arn:aws:apigateway:us-west-2:s3:path/{bucket}?acl": ("us-west-2", "s3", "", "/{bucket}?acl"),
    "arn:aws-cn:apigateway:cn-north-1:sqs:path/123456789012/jobs": (
        "cn-north-1",
        "sqs",
        "",
        "/123456789012/jobs",
    ),
    "arn:aws:apigateway:us-east-1:runtime.sagemaker:path//endpoints/{name}/invocations": (
        "us-east-1",
        "runtime.sagemaker",
        "",
        "/endpoints/{name}/invocations",
    ),
    "arn:aws:apigateway:eu-west-1:a1b2.appsync-api:path/graphql": ("eu-west-1", "a1b2.appsync-api", "", "/graphql"),
}


@pytest.mark.parametrize("uri", FORMS)
def test_a_form_is_read(uri: str) -> None:
    assert parse_service_uri(uri) == ServiceUri(*FORMS[uri])


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("https://sqs.us-east-1.amazonaws.com/", "is not of the form arn:aws:apigateway:REGION:SERVICE:action/ACTION"),
        ("arn:aws:sqs:us-east-1:000000000000:jobs", "is not of the form"),
        ("arn:aws:apigateway:us-east-1:sqs:SendMessage", "is not of the form"),
        ("arn:aws:apigateway:us-east-1:sqs:action/", "'' is not the name of an action"),
        ("arn:aws:apigateway:us-east-1:sqs:action/Send Message", "'Send Message' is not the name of an action"),
        ("arn:aws:apigateway:us-east-1:{bucket}.s3:path/{key}", "'{bucket}.s3' is not a service"),
        ("arn:aws:apigateway:us-east-1:evil@s3:path/{key}", "'evil@s3' is not a service"),
        ("arn:aws:apigateway:us-east-1:s3#:path/{key}", "'s3#' is not a service"),
    ],
)
def test_what_is_no_such_uri_is_refused(uri: str, problem: str) -> None:
    with pytest.raises(PlanError) as refused:
        parse_service_uri(uri)

    assert problem in str(refused.value)


@pytest.mark.parametrize(
    "uri",
    [
        *FORMS,
        "arn:aws:apigateway:us-east-1:sqs:${stageVariables.target}",
        "arn:aws:apigateway:us-east-1:sqs:action/${stageVariables.action}",
        "arn:aws:apigateway:us-east-1:${stageVariables.service}:path/a/${stageVariables.rest}",
        "arn:aws:apigateway:${stageVariables.region}:${stageVariables.bucket}.s3:${stageVariables.target}",
    ],
)
def test_a_uri_that_variables_can_complete_passes(uri: str) -> None:
    check_service_uri(uri)


@pytest.mark.parametrize("uri", ["${stageVariables.all}", "arn:aws:apigateway:us-east-1:sqs:SendMessage"])
def test_a_uri_that_none_can_complete_does_not(uri: str) -> None:
    with pytest.raises(PlanError):
        check_service_uri(uri)
