"""Verification: what botocore signs is accepted, whatever else comes is refused in AWS's words."""

import datetime
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, urlsplit

import botocore.auth
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.credentials import AccessKey
from limen.aws.errors import AwsError
from limen.aws.request import AwsRequest
from limen.aws.signature import Signature, check_freshness, find_signature, verify
from limen.aws.sigv4 import UNSIGNED_PAYLOAD, sign
from limen.wire import Header, header
from tests.aws.test_sigv4 import headers, paths, queries

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
CREDENTIAL = f"{ID}/20260102/us-east-1/apigateway/aws4_request"


def accept(request: AwsRequest, now: datetime.datetime = NOW, **options: Any) -> Signature:
    signature = find_signature(request)
    assert signature is not None
    check_freshness(signature, now.timestamp())
    verify(request, signature, SECRET, **options)
    return signature


def refusal(request: AwsRequest, now: datetime.datetime = NOW, **options: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as raised:
        accept(request, now, **options)
    assert raised.value.status == 403
    return raised.value.code, raised.value.message


def signed(
    method: str = "GET", path: str = "/v2/apis", query: str = "", body: bytes = b"", more: Sequence[Header] = ()
):
    request = AwsRequest(method, path, query, [header(b"Host", b"localhost:8444"), *more], body)
    added = sign(request, AccessKey(ID, SECRET), "us-east-1", "apigateway", NOW.timestamp())
    return AwsRequest(method, path, query, [*request.headers, *added], body)


def with_headers(request: AwsRequest, **changed: str | None) -> AwsRequest:
    names = {name.replace("_", "-").encode(): value for name, value in changed.items()}
    kept = [each for each in request.headers if each[0] not in names]
    added = [header(name, value.encode()) for name, value in names.items() if value is not None]
    return AwsRequest(request.method, request.path, request.query, [*kept, *added], request.body)


def on_the_wire(prepared: Any, body: bytes) -> AwsRequest:
    parts = urlsplit(prepared.url)
    sent = [header(name.encode(), str(value).encode()) for name, value in prepared.headers.items()]
    return AwsRequest(prepared.method, parts.path, parts.query, [header(b"Host", parts.netloc.encode()), *sent], body)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(["GET", "POST"]), paths, queries, headers, st.binary(max_size=20), st.booleans())
def test_what_botocore_signs_is_accepted(method, path, query, given_headers, body, is_presigned):
    url = f"https://localhost:8444{path}" + (f"?{query}" if query else "")
    body = b"" if is_presigned else body  # botocore moves a presigned body into the query
    request = AWSRequest(method, url, headers=dict(given_headers), data=body)
    credentials = Credentials(ID, SECRET)
    if is_presigned:
        auth: Any = SigV4QueryAuth(credentials, "apigateway", "us-east-1", expires=60)
    else:
        auth = SigV4Auth(credentials, "apigateway", "us-east-1")
    with patch.object(botocore.auth, "get_current_datetime", return_value=NOW):
        auth.add_auth(request)

    signature = accept(on_the_wire(request, body))

    assert (signature.access_key_id, signature.scope.region, signature.scope.service) == (ID, "us-east-1", "apigateway")
    assert signature.lifetime == (60 if is_presigned else None)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_any_change_of_a_signed_request_is_refused(data):
    request = signed("POST", "/v2/apis/a%2Fb", "x=1&y=2", b"{}", [header(b"X-Amz-Target", b"S.Op")])
    changed = data.draw(
        st.sampled_from(
            [
                AwsRequest("PUT", request.path, request.query, request.headers, request.body),
                AwsRequest("POST", "/v2/apis/a/b", request.query, request.headers, request.body),
                AwsRequest("POST", request.path, "x=1&y=3", request.headers, request.body),
                AwsRequest("POST", request.path, "x=1", request.headers, request.body),
                AwsRequest("POST", request.path, "x=1&y=2&z=3", request.headers, request.body),
                AwsRequest("POST", request.path, request.query, request.headers, b"{ }"),
                with_headers(request, host="elsewhere"),
                with_headers(request, x_amz_target="S.Other"),
                with_headers(request, x_amz_date="20260102T030406Z"),
            ]
        )
    )

    code, message = refusal(changed)

    assert code == "InvalidSignatureException"
    assert message.startswith("The request signature we calculated does not match the signature you provided. Check ")
    assert "The Canonical String for this request should have been\n'" in message
    assert SECRET not in message


def test_a_request_without_signature_has_none():
    assert find_signature(AwsRequest("GET", "/", "", [header(b"Host", b"x")])) is None


def test_a_query_may_be_signed_with_other_escapes():
    """`%7E` and `~` are one character: some signers encode anew before they sign."""
    accepted = signed(query="name=~b")

    accept(AwsRequest(accepted.method, accepted.path, "name=%7Eb", accepted.headers))


def test_the_claimed_body_hash_is_not_trusted():
    request = signed("POST", body=b"mine", more=[header(b"X-Amz-Content-Sha256", b"0" * 64)])

    accept(request)
    code, _ = refusal(AwsRequest("POST", request.path, request.query, request.headers, b"evil"))

    assert code == "InvalidSignatureException"


def test_an_unsigned_body_is_for_operations_that_allow_it():
    request = AWSRequest("POST", "https://localhost:8444/v2/apis", data=b"mine")
    request.context["payload_signing_enabled"] = False
    with patch.object(botocore.auth, "get_current_datetime", return_value=NOW):
        SigV4Auth(Credentials(ID, SECRET), "apigateway", "us-east-1").add_auth(request)
    sent = on_the_wire(request, b"other")
    assert sent.find_header("x-amz-content-sha256") == UNSIGNED_PAYLOAD

    accept(sent, allows_unsigned_body=True)
    code, _ = refusal(sent)

    assert code == "InvalidSignatureException"


MALFORMED = [
    ("Bearer token", "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256"),
    ("AWS4-HMAC-SHA256", "Invalid key=value pair (missing equal-sign)"),
    ("AWS4-HMAC-SHA256 nonsense", "Invalid key=value pair (missing equal-sign)"),
    ("AWS4-HMAC-SHA256 A=1,A=2", "The parameter 'A' of the Authorization header is given more than once."),
    (
        "AWS4-HMAC-SHA256 Credential=x",
        "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
        "Authorization=AWS4-HMAC-SHA256",
    ),
    ("Digest a=b", "Authorization header requires 'Credential' parameter."),
    ("AWS4-ECDSA-P256-SHA256 Credential=x", "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'"),
    (
        "AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1, SignedHeaders=host, Signature=0",
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
        "got 'AKID/20260102/us-east-1'",
    ),
    (f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host;host, Signature=0", "SignedHeaders must be"),
    (f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=h\n;x, Signature=0", "SignedHeaders must be"),
]


@pytest.mark.parametrize(("authorization", "message"), MALFORMED)
def test_a_malformed_header_is_an_incomplete_signature(authorization: str, message: str):
    code, told = refusal(with_headers(signed(), authorization=authorization))

    assert code == "IncompleteSignatureException"
    assert told.startswith(message)


WRONG_SCOPES = [
    ("AKID/20260101/us-east-1/apigateway/aws4_request", "Date in Credential scope does not match YYYYMMDD"),
    ("AKID/20260102//apigateway/aws4_request", "Credential should be scoped to a valid region."),
    (
        "AKID/20260102/us-east-1/apigateway/aws5_request",
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'.",
    ),
]


@pytest.mark.parametrize(("credential", "message"), WRONG_SCOPES)
def test_a_wrong_scope_is_an_invalid_signature(credential: str, message: str):
    authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=0"

    code, told = refusal(with_headers(signed(), authorization=authorization))

    assert code == "InvalidSignatureException"
    assert told.startswith(message)


def test_the_host_must_be_signed():
    authorization = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=x-amz-date, Signature=0"

    code, message = refusal(with_headers(signed(), authorization=authorization))

    assert code == "InvalidSignatureException"
    assert message == "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."


@pytest.mark.parametrize("name", ["x_amz_target", "x_amz_security_token", "x_amz_content_sha256"])
def test_headers_that_change_the_meaning_must_be_signed(name: str):
    code, message = refusal(with_headers(signed(), **{name: "added"}))

    assert code == "InvalidSignatureException"
    assert message == f"There were headers present in the request which were not signed: {name.replace('_', '-')}."


def test_a_date_is_needed():
    code, message = refusal(with_headers(signed(), x_amz_date=None))

    assert code == "IncompleteSignatureException"
    assert "requires existence of either a 'X-Amz-Date' or a 'Date' header." in message


def test_the_date_header_will_do():
    request = AWSRequest("GET", "https://localhost:8444/v2/apis", headers={"Date": "any"})
    with patch.object(botocore.auth, "get_current_datetime", return_value=NOW):
        SigV4Auth(Credentials(ID, SECRET), "apigateway", "us-east-1").add_auth(request)
    sent = on_the_wire(request, b"")
    assert sent.find_header("x-amz-date") is None

    assert accept(sent).timestamp == "20260102T030405Z"


def test_the_date_header_may_be_a_timestamp():
    request = AWSRequest("GET", "https://localhost:8444/v2/apis", headers={"Date": "any"})
    with (
        patch.object(botocore.auth, "get_current_datetime", return_value=NOW),
        patch.object(botocore.auth, "formatdate", return_value="20260102T030405Z"),
    ):
        SigV4Auth(Credentials(ID, SECRET), "apigateway", "us-east-1").add_auth(request)
    sent = on_the_wire(request, b"")
    assert sent.find_header("date") == "20260102T030405Z"

    assert accept(sent).timestamp == "20260102T030405Z"
    code, _ = refusal(with_headers(sent, date="20260102T030406Z"))
    assert code == "InvalidSignatureException"


@pytest.mark.parametrize("date", ["yesterday", "20260102T030405", "20261302T030405Z", "2026-01-02T03:04:05Z"])
def test_a_date_in_another_form_is_refused(date: str):
    code, message = refusal(with_headers(signed(), x_amz_date=date))

    assert code == "IncompleteSignatureException"
    assert message.startswith(f"Date must be in ISO-8601 'basic format'. Got '{date}'.")


def test_a_signature_grows_old_after_five_minutes():
    later = NOW + datetime.timedelta(seconds=301)

    accept(signed(), NOW + datetime.timedelta(seconds=300))

    assert refusal(signed(), later) == (
        "InvalidSignatureException",
        "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)",
    )


def test_a_signature_may_not_come_from_the_future():
    earlier = NOW - datetime.timedelta(seconds=301)

    assert refusal(signed(), earlier) == (
        "InvalidSignatureException",
        "Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z + 5 min.)",
    )


def presigned(expires: int = 60, **changed: str | None) -> AwsRequest:
    request = AWSRequest("GET", "https://localhost:8444/v2/apis?maxResults=5")
    with patch.object(botocore.auth, "get_current_datetime", return_value=NOW):
        SigV4QueryAuth(Credentials(ID, SECRET), "apigateway", "us-east-1", expires=expires).add_auth(request)
    parts = urlsplit(request.url)
    pairs = [pair.split("=") for pair in parts.query.split("&")]
    values = dict(pairs) | {name.replace("_", "-"): value and quote(value, safe="") for name, value in changed.items()}
    query = "&".join(f"{name}={value}" for name, value in values.items() if value is not None)
    return AwsRequest("GET", parts.path, query, [header(b"Host", b"localhost:8444")])


def test_a_presigned_request_lives_as_long_as_it_says():
    accept(presigned(3600), NOW + datetime.timedelta(seconds=3600))

    code, message = refusal(presigned(3600), NOW + datetime.timedelta(seconds=3601))

    assert (code, message.split(":")[0]) == ("InvalidSignatureException", "Signature expired")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"maxResults": "6"}, "InvalidSignatureException"),
        ({"X_Amz_Expires": "61"}, "InvalidSignatureException"),
        ({"X_Amz_Expires": "604801"}, "IncompleteSignatureException"),
        ({"X_Amz_Expires": "-1"}, "IncompleteSignatureException"),
        ({"X_Amz_Signature": None}, "IncompleteSignatureException"),
        ({"X_Amz_Credential": None}, "IncompleteSignatureException"),
        ({"X_Amz_Date": None}, "IncompleteSignatureException"),
        ({"X_Amz_SignedHeaders": "x-amz-date"}, "InvalidSignatureException"),
        ({"X_Amz_Algorithm": "AWS4-ECDSA-P256-SHA256"}, "IncompleteSignatureException"),
        ({"X_Amz_Signature": "ü"}, "InvalidSignatureException"),
    ],
)
def test_a_changed_presigned_request_is_refused(changed: dict[str, str | None], code: str):
    assert refusal(presigned(**changed))[0] == code


def test_parameters_given_twice_or_both_forms_are_refused():
    request = presigned()
    twice = AwsRequest("GET", request.path, request.query + "&X-Amz-Date=20260102T030405Z", request.headers)
    both = AwsRequest("GET", request.path, request.query, [*request.headers, *signed().headers[1:]])

    assert "given more than once" in refusal(twice)[1]
    assert refusal(both)[1].startswith("Only one of the Authorization header")
