"""Which endpoint and whose keys a service is called with, by setting."""

from typing import Any

import pytest

from limen.aws.credentials import AccessKey
from limen.budget import Budget
from limen.clock import Clock
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.integrations.service_place import NoCredentialsError, Place
from limen.upstream.client import Upstream

PROFILE_KEY = AccessKey("AKPROFILE", "secret", "token")


def located(service: str, region: str = "eu-west-1", **settings: Any) -> Place:
    services = ServiceEndpoints(Upstream(Clock(), Budget(0)), **settings)
    if services.profile is not None:
        services.profile.put(PROFILE_KEY, "")
    return services.locate(service, region)


def test_a_profile_leads_to_aws() -> None:
    place = located("sqs", profile="dev")

    assert (place.url, place.host) == ("https://sqs.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com")
    assert place.keys.find() == PROFILE_KEY
    assert place.is_aws


def test_a_service_of_a_whole_partition_is_signed_for_its_one_region() -> None:
    assert located("iam", profile="dev").region == "us-east-1"


def test_one_endpoint_is_for_all_services() -> None:
    place = located("sqs", endpoint_url="http://localhost:5000/")

    assert (place.url, place.host, place.region) == ("http://localhost:5000", "localhost:5000", "eu-west-1")
    assert place.keys.find() == AccessKey("test", "test")


def test_an_endpoint_of_its_own_goes_before_the_one_for_all() -> None:
    settings = {"endpoint_url": "http://localhost:5000", "endpoints": {"sqs": "http://localhost:9324"}}

    assert located("sqs", **settings).url == "http://localhost:9324"
    assert located("sns", **settings).url == "http://localhost:5000"


@pytest.mark.parametrize(
    ("setting", "service"),
    [
        ("states", "states"),
        ("sfn", "states"),
        ("stepfunctions", "states"),
        ("step_functions", "states"),
        ("eventbridge", "events"),
        ("cognito_idp", "cognito-idp"),
        ("cognito-idp", "cognito-idp"),
        ("SQS", "sqs"),
        ("sagemaker_runtime", "runtime.sagemaker"),
        ("runtime_sagemaker", "runtime.sagemaker"),
        ("s3", "bucket.s3"),
        ("appsync_api", "a1b2.appsync-api"),
        ("brand_new", "brand-new"),
    ],
)
def test_an_endpoint_is_set_under_any_name_of_its_service(setting: str, service: str) -> None:
    assert located(service, endpoints={setting: "http://localhost:1"}).url == "http://localhost:1"


def test_an_endpoint_may_bring_its_keys() -> None:
    place = located("s3", endpoints={"s3": "http://admin:p%40ss@localhost:9000"})

    assert (place.url, place.host) == ("http://localhost:9000", "localhost:9000")
    assert place.keys.find() == AccessKey("admin", "p@ss")


def test_keys_of_a_profile_do_not_leave_aws() -> None:
    place = located("sqs", profile="dev", endpoints={"sqs": "http://localhost:9324"})

    assert place.keys.find() == AccessKey("test", "test")
    assert not place.is_aws


@pytest.mark.parametrize("url", ["https://vpce-1a2b.sqs.eu-west-1.vpce.amazonaws.com", "https://sqs.eu-west-1.api.aws"])
def test_an_endpoint_of_aws_is_aws(url: str) -> None:
    place = located("sqs", profile="dev", endpoints={"sqs": url})

    assert place.url == url
    assert place.keys.find() == PROFILE_KEY


def test_a_name_that_only_looks_like_aws_is_not() -> None:
    place = located("sqs", profile="dev", endpoints={"sqs": "https://evilamazonaws.com"})

    assert place.keys.find() == AccessKey("test", "test")


def test_a_subdomain_arrives_in_the_host_header() -> None:
    place = located("bucket.s3", endpoint_url="http://localhost:5000")

    assert (place.url, place.host) == ("http://localhost:5000", "bucket.s3.eu-west-1.amazonaws.com")


@pytest.mark.parametrize(
    ("service", "settings", "said"),
    [
        ("sqs", {}, "set LIMEN_AWS_ENDPOINT_URL_SQS or [aws] profile"),
        ("cognito-idp", {}, "set LIMEN_AWS_ENDPOINT_URL_COGNITO_IDP or [aws] profile"),
        ("a1b2.appsync-api", {}, "set LIMEN_AWS_ENDPOINT_URL_APPSYNC_API or [aws] profile"),
        ("sqs", {"endpoints": {"sqs": "https://sqs.eu-west-1.api.aws"}}, "set [aws] profile"),
    ],
)
def test_what_is_missing_is_named(service: str, settings: Any, said: str) -> None:
    with pytest.raises(NoCredentialsError) as refused:
        located(service, **settings).keys.find()

    assert str(refused.value).endswith(said)


def test_a_profile_without_credentials_says_why() -> None:
    services = ServiceEndpoints(Upstream(Clock(), Budget(0)), profile="dev")
    assert services.profile is not None
    place = services.locate("sqs", "eu-west-1")
    with pytest.raises(NoCredentialsError, match="'dev': they have not been read yet"):
        place.keys.find()

    services.profile.put(None, "the SSO session has expired")

    with pytest.raises(NoCredentialsError, match="'dev': the SSO session has expired"):
        place.keys.find()
