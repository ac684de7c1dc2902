"""What is sent to whoever runs a function: the functions host, AWS Lambda, a server like it, one fixed path."""

from collections.abc import Awaitable
from typing import Any

import pytest

from limen.aws.credentials import AccessKey
from limen.aws.identities import Identities
from limen.aws.principals import read_principal
from limen.aws.request import AwsRequest
from limen.aws.signature import find_signature, verify
from limen.budget import Budget
from limen.clock import Clock
from limen.features.authorizers.iam_acting import SignedCallers
from limen.features.authorizers.iam_signers import KnownSigner
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.functions.target import FunctionTarget, FunctionUse, compile_function_target, source_arn
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.integrations.service_place import NoCredentialsError
from limen.upstream.client import Upstream
from limen.upstream.origin import Origin
from limen.wire import header
from tests.support.exchanges import exchange
from tests.support.signing import ALLOW_ALL, ID, policy, user

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:pets"
URI = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{}/invocations"
STREAMED = "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/{}/response-streaming-invocations"
ENCODED = "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Apets"
SOURCE = "arn:aws:execute-api:eu-west-1:123456789012:abc123/prod/GET/pets"
CALLER = "arn:aws:iam::*:user/*"
ROLE = "arn:aws:iam::123456789012:role/gateway"
TRACE = header(b"X-Amzn-Trace-Id", b"Root=1-2-3")


def compiled(
    uri: str = URI.format(ARN),
    credentials: str = "",
    targets: dict[str, str] | None = None,
    variables: dict[str, str] | None = None,
    **given: Any,
) -> FunctionTarget:
    services = ServiceEndpoints(Upstream(Clock(), Budget(0)), **given)
    if services.profile is not None:
        services.profile.put(AccessKey("AKPROFILE", "profile secret"), "")
    backends = FunctionBackends(services, socket="/run/functions.sock", targets=targets)
    use = FunctionUse(uri=uri, credentials=credentials, source_arn=SOURCE, region="eu-west-1", account="123456789012")
    return compile_function_target(use, variables or {}, backends)


def head_of(
    target: FunctionTarget, payload: bytes = b"{}", asked: Exchange | None = None
) -> tuple[str, dict[str, str]]:
    """Request line and headers."""
    head = target.make_head(payload, [TRACE], asked or exchange())
    assert isinstance(head, bytes)
    assert head.endswith(b"\r\n\r\n")
    line, *fields = head.decode().rstrip().split("\r\n")
    return line, dict(field.split(": ", 1) for field in fields)


def test_the_functions_host_is_told_for_whom_it_is_called() -> None:
    target = compiled()
    line, headers = head_of(target)

    assert target.origin == Origin("unix", "/run/functions.sock", 0)
    assert line == f"POST /2015-03-31/functions/{ENCODED}/invocations HTTP/1.1"
    assert headers == {
        "Host": "localhost",
        "Connection": "keep-alive",
        "Content-Type": "application/json",
        "X-Limen-Source-Arn": SOURCE,
        "X-Amzn-Trace-Id": "Root=1-2-3",
        "Content-Length": "2",
    }


def test_the_functions_host_is_told_the_role_of_an_integration() -> None:
    _, headers = head_of(
        compiled(credentials="arn:aws:iam::123456789012:role/${stageVariables.r}", variables={"r": "x"})
    )

    assert headers["X-Limen-Role"] == "arn:aws:iam::123456789012:role/x"
    assert "X-Limen-Source-Arn" not in headers


@pytest.mark.parametrize(
    ("credentials", "variables", "reason"),
    [
        (CALLER, {}, "nobody signed the request: AWS_IAM authorization is needed"),
        ("arn:aws:iam::123456789012:${stageVariables.r}", {"r": "user/x"}, "are not the ARN of a role"),
    ],
)
def test_credentials_that_nobody_can_have_are_refused_by_name(
    credentials: str, variables: dict[str, str], reason: str
) -> None:
    for targets in ({}, {"*": "http://127.0.0.1:9000"}):
        with pytest.raises(NoCredentialsError, match=reason):
            compiled(credentials=credentials, variables=variables, targets=targets).make_head(b"", [], exchange())


def signed(*policies: str, **members: Any) -> Exchange:
    asked = exchange()
    asked.caller = KnownSigner(Identities(None, [user(policies=policies, **members)]).find(ID, None, 0.0)).caller
    return asked


def about_functions(effect: str) -> str:
    return policy({"Effect": effect, "Action": "lambda:InvokeFunction", "Resource": ARN})


def test_a_caller_whose_own_policies_let_it_is_told_as_a_role_is() -> None:
    target = compiled(credentials=CALLER, callers=SignedCallers())
    _, headers = head_of(target, asked=signed(about_functions("Allow")))

    assert headers["X-Limen-Role"] == "arn:aws:iam::000000000000:user/ana"
    assert "X-Limen-Source-Arn" not in headers
    assert headers["X-Amzn-Trace-Id"] == "Root=1-2-3"


def test_the_policy_of_the_function_is_left_to_decide_on_other_callers() -> None:
    target = compiled(credentials=CALLER, callers=SignedCallers())
    _, headers = head_of(target, asked=signed(ALLOW_ALL))

    assert read_principal(headers["X-Limen-Principal"].encode()).arn == "arn:aws:iam::000000000000:user/ana"
    assert not {"X-Limen-Role", "X-Limen-Source-Arn"} & headers.keys()


@pytest.mark.parametrize(
    "denied", [signed(about_functions("Deny")), signed(about_functions("Allow"), boundary=ALLOW_ALL)]
)
def test_a_caller_whose_policies_forbid_it_is_refused(denied: Exchange) -> None:
    target = compiled(credentials=CALLER, callers=SignedCallers())

    with pytest.raises(NoCredentialsError, match=r"user/ana is not authorized to perform: lambda:InvokeFunction"):
        target.make_head(b"", [], denied)


def test_aws_itself_is_not_called_as_a_user_of_limens() -> None:
    target = compiled(credentials=CALLER, targets={"*": "aws"}, profile="dev", callers=SignedCallers())

    with pytest.raises(NoCredentialsError, match="whom AWS does not know: give the integration a role"):
        target.make_head(b"", [], signed(about_functions("Allow")))


def test_credentials_that_are_no_role_do_not_compile() -> None:
    with pytest.raises(PlanError, match="are not the ARN of a role"):
        compiled(credentials="arn:aws:iam::123456789012:user/x")


def test_a_qualifier_is_told_apart_from_the_function() -> None:
    line, _ = head_of(compiled(URI.format(f"{ARN}:${{stageVariables.alias}}"), variables={"alias": "$LATEST"}))

    assert line == f"POST /2015-03-31/functions/{ENCODED}/invocations?Qualifier=%24LATEST HTTP/1.1"


def test_a_stream_is_asked_for_by_its_own_path() -> None:
    line, _ = head_of(compiled(STREAMED.format(ARN)))

    assert line == f"POST /2021-11-15/functions/{ENCODED}/response-streaming-invocations HTTP/1.1"


def test_aws_is_called_as_the_profile() -> None:
    target = compiled(URI.format(f"{ARN}:prod"), targets={"*": "aws"}, profile="dev")
    line, headers = head_of(target)

    assert target.origin == Origin("https", "lambda.eu-west-1.amazonaws.com", 443)
    assert line.endswith("/invocations?Qualifier=prod HTTP/1.1")
    assert "X-Limen-Source-Arn" not in headers
    request = AwsRequest(
        "POST",
        line.split(" ")[1].partition("?")[0],
        "Qualifier=prod",
        [header(name.encode(), value.encode()) for name, value in headers.items()],
        b"{}",
    )
    signature = find_signature(request)
    assert signature is not None
    assert (signature.scope.region, signature.scope.service) == ("eu-west-1", "lambda")
    verify(request, signature, "profile secret")


def test_aws_without_credentials_names_the_setting() -> None:
    with pytest.raises(NoCredentialsError, match=r"LIMEN_AWS_ENDPOINT_URL_LAMBDA or \[aws\] profile"):
        compiled(targets={"*": "aws"}).make_head(b"", [], exchange())


def test_an_endpoint_of_lambda_is_the_aws_of_functions() -> None:
    target = compiled(targets={"*": "aws"}, endpoints={"lambda": "http://localhost:4566"})

    assert target.origin == Origin("http", "localhost", 4566)
    assert "Credential=test/" in head_of(target)[1]["Authorization"]


def test_a_server_like_it_may_be_below_a_path_and_bring_its_key() -> None:
    target = compiled(targets={"*": "https://ID:SECRET@functions.example/aws"})
    line, headers = head_of(target)

    assert target.origin == Origin("https", "functions.example", 443)
    assert line == f"POST /aws/2015-03-31/functions/{ENCODED}/invocations HTTP/1.1"
    assert headers["Host"] == "functions.example"
    assert "Credential=ID/" in headers["Authorization"]
    assert "SECRET" not in target.backend


def test_a_url_that_is_an_invocation_already_is_taken_as_it_is() -> None:
    fixed = "http://127.0.0.1:9000/2015-03-31/functions/function/invocations"
    line, _ = head_of(compiled(URI.format(f"{ARN}:prod"), targets={"*": fixed}))

    assert line == "POST /2015-03-31/functions/function/invocations HTTP/1.1"
    with pytest.raises(PlanError, match="cannot answer an invocation"):
        compiled(STREAMED.format(ARN), targets={"*": fixed})


def test_a_role_is_assumed_before_aws_is_called() -> None:
    head = compiled(credentials=ROLE, targets={"*": "aws"}, profile="dev").make_head(b"", [], exchange())

    assert isinstance(head, Awaitable)
    head.close()  # type: ignore[attr-defined]


def test_a_missing_stage_variable_is_named() -> None:
    with pytest.raises(LookupError, match="no variable 'name'"):
        compiled(URI.format("${stageVariables.name}"))


def test_source_arns_are_of_the_partition_of_their_region() -> None:
    assert source_arn("eu-west-1", "123456789012", "abc123", "prod/GET/pets") == SOURCE
    assert source_arn("cn-north-1", "1", "a", "$default").startswith("arn:aws-cn:execute-api:cn-north-1:1:a/$default")
