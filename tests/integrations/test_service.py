"""AWS integrations as a service sees them: where they arrive, what the form adds, and that the signature holds."""

import datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, unquote_to_bytes, urlsplit

import botocore.auth
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.credentials import AccessKey
from limen.aws.identities import Identities
from limen.aws.request import AwsRequest
from limen.aws.signature import find_signature, verify
from limen.aws.signer import Signer
from limen.budget import Budget
from limen.clock import Clock
from limen.features.authorizers.iam_acting import SignedCallers
from limen.features.authorizers.iam_signers import KnownSigner
from limen.gateway.errors import GatewayError, PlanError
from limen.integrations.backend_request import BackendRequest
from limen.integrations.rest.scope import RestScope
from limen.integrations.service import AwsService, compile_service
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.upstream.client import Upstream
from limen.wire import Header, header
from tests.support.exchanges import exchange
from tests.support.signing import ID, user

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
ROLE = "arn:aws:iam::123456789012:role/gateway"
CALLER = "arn:aws:iam::*:user/*"
MOTO: dict[str, Any] = {"endpoint_url": "http://localhost:5000"}


def compiled(uri: str, credentials: str | None = None, variables: dict[str, str] | None = None, **given: Any) -> Any:
    services = ServiceEndpoints(Upstream(Clock(), Budget(0)), signer=Signer(NOW.timestamp), **given)
    if services.profile is not None:
        services.profile.put(AccessKey("AKPROFILE", "profile secret", "token"), "")
    scope = RestScope("000000000000", "eu-west-1", "abc123", "prod", variables or {})
    return compile_service(f"arn:aws:apigateway:{uri}", credentials, scope, services)


def request_to(
    service: AwsService, method: str = "POST", headers: list[Header] | None = None, body: bytes = b""
) -> Any:
    """As an integration makes it, when all is mapped."""
    parts = urlsplit(service.url)
    return BackendRequest(
        method.encode(), parts.netloc.encode(), parts.path.encode(), parts.query.encode(), headers or [], body
    )


def finished(service: AwsService, **given: Any) -> BackendRequest:
    request: BackendRequest = request_to(service, **given)
    assert service.finish(request, exchange()) is None
    return request


def sent(request: BackendRequest, name: str) -> list[str]:
    return [value.decode() for lower, _, value in request.headers if lower == name.lower().encode()]


def check_signature(request: BackendRequest, secret: str, region: str, service: str) -> None:
    aws = AwsRequest(
        request.method.decode(),
        request.path.decode(),
        request.query.decode(),
        [header(b"Host", request.host), *request.headers],
        request.body,
    )
    signature = find_signature(aws)
    assert signature is not None
    assert (signature.scope.region, signature.scope.service) == (region, service)
    verify(aws, signature, secret)


# --- where


def test_an_action_at_aws() -> None:
    service = compiled("us-east-1:dynamodb:action/PutItem", profile="dev")

    assert service.url == "https://dynamodb.us-east-1.amazonaws.com/?Action=PutItem"
    assert [(name, value) for _, name, value in service.headers] == [
        (b"X-Amz-Target", b"DynamoDB_20120810.PutItem"),
        (b"Content-Type", b"application/x-amz-json-1.0"),
    ]


def test_a_path_adds_nothing() -> None:
    service = compiled("us-west-2:s3:path/{bucket}/{object}", profile="dev")

    assert service.url == "https://s3.us-west-2.amazonaws.com/{bucket}/{object}"
    assert service.headers == ()


def test_actions_of_the_query_protocol_have_no_target() -> None:
    assert compiled("us-east-1:sqs:action/SendMessage", profile="dev").headers == ()


def test_stage_variables_name_action_service_and_role() -> None:
    variables = {"what": "action/PutItem", "table": "dynamodb", "role": "gateway"}
    service = compiled(
        "us-east-1:${stageVariables.table}:${stageVariables.what}",
        "arn:aws:iam::123456789012:role/${stageVariables.role}",
        variables,
        **MOTO,
    )

    assert service.url == "http://localhost:5000/?Action=PutItem"


def test_a_missing_stage_variable_is_named() -> None:
    with pytest.raises(LookupError, match="no variable 'what'"):
        compiled("us-east-1:sqs:action/${stageVariables.what}", **MOTO)


def test_an_endpoint_may_have_a_path() -> None:
    service = compiled("us-east-1:sqs:path/queue?x=1", endpoints={"sqs": "https://gateway.internal/aws/"})

    assert service.url == "https://gateway.internal/aws/queue?x=1"


def test_a_subdomain_is_told_in_the_host_header_unless_one_is_mapped() -> None:
    service = compiled("us-east-1:pictures.s3:path/{key}", **MOTO)
    mapped = request_to(service)
    mapped.host = b"other.example"

    service.finish(mapped, exchange())

    assert finished(service).host == b"pictures.s3.us-east-1.amazonaws.com"
    assert mapped.host == b"other.example"


# --- signatures


@pytest.mark.parametrize(
    ("uri", "region", "signing_name"),
    [
        ("us-east-1:dynamodb:action/PutItem", "us-east-1", "dynamodb"),
        ("eu-west-1:email:action/SendEmail", "eu-west-1", "ses"),
        ("eu-west-1:iam:action/ListUsers", "us-east-1", "iam"),
        ("us-east-1:runtime.sagemaker:path/endpoints/a/invocations", "us-east-1", "sagemaker"),
        ("cn-north-1:sqs:path/1/jobs%20done/a%2Fb?x=a%20b&a=%C3%A9", "cn-north-1", "sqs"),
    ],
)
def test_the_signature_holds(uri: str, region: str, signing_name: str) -> None:
    service = compiled(uri, profile="dev")

    request = finished(service, headers=list(service.headers), body=b'{"a": 1}')

    check_signature(request, "profile secret", region, signing_name)
    assert sent(request, "x-amz-security-token") == ["token"]


def test_a_signature_covers_what_is_mapped_late() -> None:
    service = compiled("us-east-1:sqs:path/1/(a)+'b'", **MOTO)
    request = request_to(service, headers=[header(b"X-Amz-Meta-A", b" x  y ")], body=b"\xff\x00")
    request.query = b"b=1+2&a=%ff&a=/&flag"

    assert service.finish(request, exchange()) is None

    assert request.path == b"/1/%28a%29%2B%27b%27"
    assert request.query == b"b=1%202&a=%FF&a=%2F&flag"
    check_signature(request, "test", "us-east-1", "sqs")


@pytest.mark.parametrize(
    ("path", "as_sent"),
    [
        ("/bucket/plain.txt", "/bucket/plain.txt"),
        ("/bucket/a%2Fb.txt", "/bucket/a/b.txt"),
        ("/bucket/a b(1)%2b.txt", "/bucket/a%20b%281%29%2B.txt"),
        ("/bucket//a/", "/bucket//a/"),
    ],
)
def test_s3_is_signed_as_botocore_signs_it(path: str, as_sent: str) -> None:
    service = compiled(f"us-west-2:s3:path{path}?prefix=a%2Fb&list-type=2", profile="dev")

    request = finished(service, method="PUT", headers=[header(b"Content-Type", b"image/png")], body=b"\x89PNG")

    assert request.path.decode() == as_sent
    url = f"https://s3.us-west-2.amazonaws.com{as_sent}?prefix=a%2Fb&list-type=2"
    expected = AWSRequest("PUT", url, headers={"Content-Type": "image/png"}, data=b"\x89PNG")
    expected.context["payload_signing_enabled"] = True
    with patch.object(botocore.auth, "get_current_datetime", return_value=NOW):
        S3SigV4Auth(Credentials("AKPROFILE", "profile secret", "token"), "s3", "us-west-2").add_auth(expected)
    assert sent(request, "authorization") == [expected.headers["Authorization"]]
    assert sent(request, "x-amz-content-sha256") == [expected.headers["X-Amz-Content-SHA256"]]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=4),
    st.lists(st.tuples(st.binary(min_size=1, max_size=4), st.binary(max_size=6)), max_size=4),
    st.sampled_from(["", "-._~", "/:@!$&'()*+,;", "-._~!$'()*,;:@"]),
)
def test_whatever_is_asked_is_signed_as_it_is_sent(
    segments: list[bytes], pairs: list[tuple[bytes, bytes]], unescaped: str
) -> None:
    """Path and query come in any encoding; botocore signs what arrives at the service just so."""
    service = compiled("us-east-1:events:path/", **MOTO)
    request = request_to(service)
    request.path = "".join(f"/{quote(segment, safe=unescaped.replace('/', ''))}" for segment in segments).encode()
    names = unescaped.replace("&", "").replace("+", "")
    request.query = "&".join(f"{quote(name, safe=names)}={quote(value, safe=names)}" for name, value in pairs).encode()

    assert service.finish(request, exchange()) is None

    assert unquote_to_bytes(request.path) == b"/" + b"/".join(segments)
    assert [tuple(map(unquote_to_bytes, pair.split(b"="))) for pair in request.query.split(b"&") if pair] == pairs
    url = f"http://localhost:5000{request.path.decode()}?{request.query.decode()}"
    expected = AWSRequest("POST", url, data=b"")
    with patch.object(botocore.auth, "get_current_datetime", return_value=NOW):
        SigV4Auth(Credentials("test", "test"), "events", "us-east-1").add_auth(expected)
    assert sent(request, "authorization") == [expected.headers["Authorization"]]


def test_an_encoded_climb_stays_out_of_other_buckets() -> None:
    service = compiled("us-west-2:s3:path/bucket/..%2Fother%2Fkey", **MOTO)

    with pytest.raises(GatewayError) as refused:
        service.finish(request_to(service), exchange())

    assert refused.value.failure.status == 400


# --- versions


def test_a_version_is_added_where_actions_need_one() -> None:
    assert finished(compiled("us-east-1:ec2:action/DescribeRegions", **MOTO)).query == (
        b"Action=DescribeRegions&Version=2016-11-15"
    )
    assert finished(compiled("us-east-1:sns:action/Publish", **MOTO)).query == b"Action=Publish"


def test_a_version_that_is_given_stays() -> None:
    in_uri = finished(compiled("us-east-1:ec2:action/DescribeRegions&Version=2012-12-01", **MOTO))
    in_body = finished(compiled("us-east-1:iam:action/ListUsers", **MOTO), body=b"Version=2010-05-08&MaxItems=1")

    assert in_uri.query == b"Action=DescribeRegions&Version=2012-12-01"
    assert in_body.query == b"Action=ListUsers"


def test_an_empty_body_is_an_empty_form() -> None:
    service = compiled("us-east-1:sqs:action/SendMessage", **MOTO)
    typed = [header(b"Content-Type", b"application/json")]

    assert sent(finished(service, headers=typed), "content-type") == ["application/x-www-form-urlencoded"]
    assert sent(finished(service, headers=typed, body=b"{}"), "content-type") == ["application/json"]


# --- as whom


def test_without_a_role_the_keys_of_the_settings_sign() -> None:
    at_aws = finished(compiled("us-east-1:sqs:action/SendMessage", profile="dev"))
    elsewhere = finished(compiled("us-east-1:sqs:action/SendMessage", **MOTO))

    assert sent(at_aws, "authorization")[0].startswith("AWS4-HMAC-SHA256 Credential=AKPROFILE/20260102/us-east-1/sqs/")
    assert sent(elsewhere, "authorization")[0].startswith("AWS4-HMAC-SHA256 Credential=test/20260102/us-east-1/sqs/")


def test_a_server_without_sts_knows_no_roles() -> None:
    request = finished(compiled("us-east-1:sqs:action/SendMessage", ROLE, endpoints={"sqs": "http://localhost:9324"}))

    assert "Credential=test/" in sent(request, "authorization")[0]


def test_neither_endpoint_nor_profile_names_the_settings() -> None:
    service = compiled("us-east-1:sqs:action/SendMessage")

    with pytest.raises(GatewayError) as refused:
        service.finish(request_to(service), exchange())

    assert (refused.value.failure.name, refused.value.failure.status) == ("API_CONFIGURATION_ERROR", 500)
    assert "AWS integration sqs:SendMessage" in refused.value.reason
    assert "set LIMEN_AWS_ENDPOINT_URL_SQS or [aws] profile" in refused.value.reason


def test_a_role_does_not_stand_in_for_the_settings() -> None:
    service = compiled("us-east-1:sqs:action/SendMessage", ROLE)

    with pytest.raises(GatewayError, match="LIMEN_AWS_ENDPOINT_URL_SQS or"):
        service.finish(request_to(service), exchange())


def test_a_server_like_aws_is_called_as_whoever_signed() -> None:
    service = compiled("us-east-1:sqs:action/SendMessage", CALLER, callers=SignedCallers(), **MOTO)
    caller = exchange()
    caller.caller = KnownSigner(Identities(None, [user()]).find(ID, None, 0.0)).caller
    request = request_to(service)

    assert service.finish(request, caller) is None
    assert f"Credential={ID}/" in sent(request, "authorization")[0]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (MOTO, "nobody signed the request: AWS_IAM authorization is needed"),
        ({"profile": "dev"}, "is a user of Limen's, whom AWS does not know: give the integration a role"),
    ],
)
def test_the_callers_identity_is_refused_by_name_where_it_cannot_be_passed_on(
    given: dict[str, Any], reason: str
) -> None:
    service = compiled("us-east-1:s3:path/{bucket}", CALLER, callers=SignedCallers(), **given)

    with pytest.raises(GatewayError, match=reason) as refused:
        service.finish(request_to(service), exchange())

    assert refused.value.failure.name == "API_CONFIGURATION_ERROR"


@pytest.mark.parametrize("credentials", ["gateway-role", "arn:aws:iam::123456789012:user/me", "arn:aws:sqs:x:1:role/a"])
def test_credentials_are_the_arn_of_a_role(credentials: str) -> None:
    with pytest.raises(PlanError, match="are not the ARN of a role"):
        compiled("us-east-1:sqs:action/SendMessage", credentials, **MOTO)


def test_a_role_that_one_stage_names_wrongly_is_refused_there() -> None:
    service = compiled("us-east-1:sqs:action/SendMessage", "${stageVariables.role}", {"role": "gateway"}, **MOTO)

    with pytest.raises(GatewayError, match="'gateway' are not the ARN of a role"):
        service.finish(request_to(service), exchange())
