"""AWS_IAM authorization of methods and routes: who passes, who does not, and in which words."""

import time
from typing import Any

import pytest
from botocore.credentials import Credentials

from limen.aws.identities import ROLE
from limen.features.authorizers.iam_step import compile_iam_of_method, compile_iam_of_route
from limen.features.authorizers.resource_policy import compile_resource_policy
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import Step
from limen.gateway.trace import Trace
from tests.support.exchanges import exchange
from tests.support.signing import (
    ACCOUNT,
    ALLOW_ALL,
    guarded,
    policy,
    routed,
    session_of,
    signed,
    statement,
    tell,
    tools_for,
    user,
)

ARN = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a1/prod/GET/pets"
MASKED = "arn:aws:execute-api:us-east-1:********0000:a1/prod/GET/pets"
TOLD = f"User: arn:aws:iam::{ACCOUNT}:user/ana is not authorized to perform: execute-api:Invoke on resource: {MASKED}"
NOT_ALLOWED = " because no {} allows the execute-api:Invoke action"
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
)


def method(*records: Any, **more: Any) -> Step:
    return compile_iam_of_method(guarded(**more), tools_for(*(records or (user(),))))


def refusal(step: Step, asked: Exchange) -> tuple[int, str, str, str | None]:
    with pytest.raises(GatewayError) as refused:
        step(asked)
    failure = refused.value.failure
    assert asked.authorizer_status == failure.status
    return failure.status, failure.name, failure.error_type, refused.value.message


@pytest.mark.parametrize("options", [{}, {"expires": 60}, {"regions": "us-*"}, {"regions": "*", "expires": 60}])
def test_a_signed_request_passes_and_has_its_caller(options: dict[str, Any]) -> None:
    step = method()
    for _ in range(2):
        body = b"" if "expires" in options else b"{}"  # botocore moves a presigned body into the query
        asked = signed("POST /prod/pets?b=%20x&a=1", {"X-Api": " a   b "}, body, **options)
        assert step(asked) is None

        assert asked.caller is not None and asked.caller.iam is not None
        iam = asked.caller.iam
        assert (asked.caller.kind, iam.account, iam.user_id) == ("iam", ACCOUNT, "AIDAANA")
        assert (iam.access_key, iam.user_arn) == ("AKIDEXAMPLE", f"arn:aws:iam::{ACCOUNT}:user/ana")
        assert asked.find_header(b"authorization") is None, "no business of backends"
        assert asked.authorizer_status == 200


def test_version_4a_is_of_rest_apis_alone() -> None:
    step = compile_iam_of_route(guarded(), tools_for(user()))

    assert step(signed()) is None
    assert refusal(step, signed(regions="*")) == (403, "ACCESS_DENIED", "", "Forbidden")


def test_routes_of_http_apis_say_no_more_than_forbidden() -> None:
    step = compile_iam_of_route(guarded(), tools_for(user(policies=())))
    for asked in (routed(exchange("GET /prod/pets")), signed(), signed(region="eu-west-1")):
        assert refusal(step, asked) == (403, "ACCESS_DENIED", "", "Forbidden")
        assert asked.authorizer_error


REFUSED = {
    "nothing": (
        lambda: routed(exchange("GET /prod/pets")),
        ("MISSING_AUTHENTICATION_TOKEN", "MissingAuthenticationTokenException", "Missing Authentication Token"),
    ),
    "no signature": (
        lambda: routed(exchange("GET /prod/pets", {"Authorization": "Bearer x"})),
        (
            "DEFAULT_4XX",
            "IncompleteSignatureException",
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with "
            "Base64): 'uTem/WB082UJMN2ajD6lH6UChGpTAddMJSx2iu923No='.",
        ),
    ),
    "no parameters": (
        lambda: routed(exchange("GET /prod/pets", {"Authorization": "AWS4-HMAC-SHA256 a=b"})),
        (
            "DEFAULT_4XX",
            "IncompleteSignatureException",
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter."
            " Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of "
            "either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256",
        ),
    ),
    "unknown key": (
        lambda: signed(credentials=Credentials("AKIDNOBODY", "x")),
        ("ACCESS_DENIED", "UnrecognizedClientException", "The security token included in the request is invalid."),
    ),
    "foreign token": (
        lambda: signed(credentials=Credentials("ASIAEXAMPLE", "x", "token")),
        ("ACCESS_DENIED", "UnrecognizedClientException", "The security token included in the request is invalid."),
    ),
    "other region": (
        lambda: signed(region="eu-west-1"),
        (
            "INVALID_SIGNATURE",
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'eu-west-1'. ",
        ),
    ),
    "other regions": (
        lambda: signed(regions="eu-*"),
        (
            "INVALID_SIGNATURE",
            "InvalidSignatureException",
            "Credential should be scoped to a valid region, not 'eu-*'. ",
        ),
    ),
    "other service": (
        lambda: signed(service="lambda"),
        (
            "INVALID_SIGNATURE",
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'execute-api'. ",
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_signed_well_is_refused_in_the_words_of_aws(name: str) -> None:
    make, told = REFUSED[name]
    assert refusal(method(), make()) == (403, *told)


@pytest.mark.parametrize("is_known", [False, True])
def test_a_wrong_signature_is_answered_with_what_should_have_been_signed(is_known: bool) -> None:
    step = method()
    if is_known:
        step(signed())
    asked = signed("POST /prod/pets?b=2&a=1", credentials=Credentials("AKIDEXAMPLE", "wrong"), body=b"{}")
    status, name, kind, message = refusal(step, asked)

    assert (status, name, kind) == (403, "INVALID_SIGNATURE", "InvalidSignatureException")
    assert message is not None and message.startswith(MISMATCH)
    date = (asked.find_header(b"x-amz-date") or b"").decode()
    assert (
        "\n\nThe Canonical String for this request should have been\n'POST\n/prod/pets\na=1&b=2\nhost:localhost:8443\n"
        f"x-amz-date:{date}\n\nhost;x-amz-date\n44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'\n\n"
        f"The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n{date}\n{date[:8]}/us-east-1/execute-api/"
    ) in message
    assert asked.authorizer_error == message.partition("\n")[0], "logs do not need the rest"


def test_a_session_token_is_not_told_to_logs() -> None:
    credentials = session_of(user(), issued=0, expires=int(time.time()) + 60)
    wrong = Credentials("ASIAEXAMPLE", "wrong", credentials.token)
    _, _, _, message = refusal(method(), signed(credentials=wrong))

    assert message is not None and "x-amz-security-token:***\n" in message and credentials.token not in message


@pytest.mark.parametrize("is_known", [False, True])
def test_a_request_signed_too_long_ago_has_expired(is_known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    step, asked = method(), signed()
    if is_known:
        step(signed())
    now = time.time()
    monkeypatch.setattr("limen.features.authorizers.iam_known.time", lambda: now + 302)
    monkeypatch.setattr("limen.features.authorizers.iam_long.time", lambda: now + 302)
    _, name, _, message = refusal(step, asked)

    assert name == "INVALID_SIGNATURE"
    assert message is not None
    assert message.startswith("Signature expired: ") and message.endswith(" - 5 min.)")
    assert " is now earlier than " in message


@pytest.mark.parametrize("is_known", [False, True])
def test_sessions_pass_until_they_expire(is_known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(time.time())
    role = user("work-role", kind=ROLE, arn=f"arn:aws:iam::{ACCOUNT}:role/path/work-role")
    credentials = session_of(role, issued=now, expires=now + 30)
    step = method(role)
    asked = signed(credentials=credentials)
    later = signed(credentials=credentials)
    if is_known:
        step(asked)
        assert asked.caller is not None and asked.caller.iam is not None
        assert asked.caller.iam.user_arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/work-role/work"
        assert asked.caller.iam.user_id == "AIDAWORK-ROLE:work"
    monkeypatch.setattr("limen.features.authorizers.iam_known.time", lambda: now + 31.0)
    monkeypatch.setattr("limen.features.authorizers.iam_long.time", lambda: now + 31.0)

    told = ("EXPIRED_TOKEN", "ExpiredTokenException", "The security token included in the request is expired")
    assert refusal(step, later) == (403, *told)


def test_a_key_that_is_gone_or_inactive_is_unknown_at_once() -> None:
    tools = tools_for(user())
    step = compile_iam_of_method(guarded(), tools)
    step(signed())
    tell(tools.signers, user("bob", key=("AKIDBOB", "x")))

    assert refusal(step, signed())[2] == "UnrecognizedClientException"


def test_policies_that_change_are_in_force_at_once() -> None:
    tools = tools_for(user())
    step = compile_iam_of_method(guarded(), tools)
    step(signed())
    tell(tools.signers, user(policies=()))

    assert refusal(step, signed())[2] == "AccessDeniedException"


DENIED = [
    ({"policies": ()}, TOLD + NOT_ALLOWED.format("identity-based policy")),
    (
        {"policies": (policy(statement(resource=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a1/test/*")),)},
        TOLD + NOT_ALLOWED.format("identity-based policy"),
    ),
    ({"policies": (policy({"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": "*"}),)},
     TOLD + NOT_ALLOWED.format("identity-based policy")),
    ({"policies": (ALLOW_ALL, policy(statement("Deny", ARN)))}, TOLD + " with an explicit deny"),
    ({"boundary": policy()}, TOLD + NOT_ALLOWED.format("permissions boundary")),
    ({"boundary": policy(statement("Deny"))}, TOLD + " with an explicit deny"),
    ({"policies": ("no policy",)}, TOLD + " with an explicit deny"),
    (
        {"policies": (policy(statement(Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})),)},
        TOLD + NOT_ALLOWED.format("identity-based policy"),
    ),
    (
        {"policies": (policy(statement(Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})),),
         "tags": {"team": "blue"}},
        TOLD + NOT_ALLOWED.format("identity-based policy"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("members", "told"), DENIED)
def test_what_policies_do_not_allow_is_denied_in_the_words_of_aws(members: dict[str, Any], told: str) -> None:
    step = method(user(**members))
    for _ in range(2):
        assert refusal(step, signed()) == (403, "ACCESS_DENIED", "AccessDeniedException", told)


ALLOWED = [
    {"policies": (policy(statement(resource=ARN)),)},
    {"policies": (policy(), ALLOW_ALL), "boundary": ALLOW_ALL},
    {"policies": (policy(statement("Deny", ARN.replace("GET", "POST"))), ALLOW_ALL)},
    {"policies": (policy(statement(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})),)},
    {"policies": (policy(statement(resource=ARN.replace("pets", "${aws:PrincipalTag/of}"))),), "tags": {"of": "pets"}},
    {"policies": (), "kind": "root", "arn": f"arn:aws:iam::{ACCOUNT}:root"},
]


@pytest.mark.parametrize("members", ALLOWED)
def test_what_policies_allow_passes(members: dict[str, Any]) -> None:
    step = method(user(**members))
    for _ in range(2):
        assert step(signed()) is None


@pytest.mark.parametrize(("kind", "name"), [("root", "Account"), ("user", "User")])
def test_resource_policies_know_the_kind_of_a_caller(kind: str, name: str) -> None:
    document = policy(statement("Deny", Principal="*", Condition={"StringEquals": {"aws:PrincipalType": name}}))
    record = user(kind=kind, arn=f"arn:aws:iam::{ACCOUNT}:root" if kind == "root" else f"arn:aws:iam::{ACCOUNT}:user/a")

    assert refusal(with_resource_policy(record, document), signed())[1] == "ACCESS_DENIED"


def test_a_session_does_at_most_what_its_policies_allow() -> None:
    credentials = session_of(
        user(), issued=0, expires=int(time.time()) + 60, policies=(policy(statement("Deny", "x")),)
    )

    _, _, _, message = refusal(method(), signed(credentials=credentials))

    assert message == TOLD + NOT_ALLOWED.format("session policy")


def with_resource_policy(record: Any, document: str | None) -> Step:
    asked = guarded(policy=document)
    _, settle, _ = compile_resource_policy(asked)
    return compile_iam_of_method(guarded(policy=document, settle=settle), tools_for(record))


IDENTITY = {"Allow": (ALLOW_ALL,), "neither": (), "Deny": (policy(statement("Deny")),)}
RESOURCE = {
    "Allow": policy(statement(Principal="*")),
    "neither": policy(statement(resource="x", Principal="*")),
    "Deny": policy(statement("Deny", Principal="*")),
}
SAME = {("Allow", "Allow"), ("Allow", "neither"), ("neither", "Allow")}


@pytest.mark.parametrize("says", RESOURCE)
@pytest.mark.parametrize("may", IDENTITY)
def test_resource_policies_and_those_of_the_caller_come_together(may: str, says: str) -> None:
    """The guide's tables A, for callers of the API's account, and B for others."""
    ours = with_resource_policy(user(policies=IDENTITY[may]), RESOURCE[says])
    other = user(policies=IDENTITY[may], account="111111111111", arn="arn:aws:iam::111111111111:user/ana")
    theirs = with_resource_policy(other, RESOURCE[says])

    is_explicit = "Deny" in (may, says)
    for step, is_allowed in ((ours, (may, says) in SAME), (theirs, (may, says) == ("Allow", "Allow"))):
        if is_allowed:
            assert step(signed()) is None
        else:
            status, name, _, message = refusal(step, signed())
            assert (status, name) == (403, "ACCESS_DENIED")
            assert message is not None and message.endswith(" with an explicit deny") is is_explicit


def test_without_a_resource_policy_other_accounts_do_not_pass() -> None:
    other = user(account="111111111111", arn="arn:aws:iam::111111111111:user/ana")

    assert refusal(with_resource_policy(other, None), signed())[1] == "ACCESS_DENIED"


def test_a_resource_policy_gives_a_session_no_more_than_it_has() -> None:
    step = with_resource_policy(user(policies=(), boundary=policy()), RESOURCE["Allow"])

    assert refusal(step, signed())[1] == "ACCESS_DENIED"


def test_a_path_too_long_for_a_policy_is_refused() -> None:
    assert refusal(method(), signed("GET /prod/" + "a" * 1600))[0] == 414


def test_whoever_looks_is_told_what_decided() -> None:
    asked = signed()
    asked.trace = Trace()
    method()(asked)

    assert asked.trace.find("iam") == {
        "outcome": "signed",
        "access_key": "AKIDEXAMPLE",
        "principal": f"arn:aws:iam::{ACCOUNT}:user/ana",
    }
    weighed = asked.trace.find("identity_policies")
    assert weighed is not None
    assert (weighed["effect"], weighed["policies"], weighed["arn"]) == ("Allow", "identity-based policy", ARN)
    assert weighed["statement"] == statement()
