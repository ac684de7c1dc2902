"""A signer of many requests signs as botocore does, with keys of the day."""

import datetime
from hashlib import sha256
from unittest.mock import patch

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from limen.aws import signer as signing
from limen.aws.credentials import AccessKey
from limen.aws.signer import SignedRequest, Signer
from limen.aws.sigv4 import Scope
from limen.wire import Header, header

NOW = datetime.datetime(2026, 1, 2, 23, 59, 59, tzinfo=datetime.UTC)
KEY = AccessKey("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now.timestamp()


def signed(signer: Signer, headers: list[Header], body: bytes = b"", key: AccessKey = KEY) -> dict[str, str]:
    request = SignedRequest("POST", "sqs.eu-west-1.amazonaws.com", "/", "Action=A", sha256(body).hexdigest())
    added = signer.sign(request, headers, key, "eu-west-1", "sqs")
    return {lower.decode(): value.decode() for lower, _, value in added}


def by_botocore(headers: dict[str, str], body: bytes, now: datetime.datetime, token: str | None = None) -> str:
    request = AWSRequest("POST", "https://sqs.eu-west-1.amazonaws.com/?Action=A", headers=dict(headers), data=body)
    with patch.object(botocore.auth, "get_current_datetime", return_value=now):
        SigV4Auth(Credentials(KEY.id, KEY.secret, token), "sqs", "eu-west-1").add_auth(request)
    return request.headers["Authorization"]


@pytest.mark.parametrize("token", [None, "session/token+="])
def test_a_signature_is_botocores(token: str | None) -> None:
    given = [header(b"Content-Type", b"text/plain;  charset=x"), header(b"X-Amz-Target", b"A.B")]

    headers = signed(Signer(Time()), given, b"body", AccessKey(KEY.id, KEY.secret, token))

    sent = {"Content-Type": "text/plain;  charset=x", "X-Amz-Target": "A.B"}
    assert headers["authorization"] == by_botocore(sent, b"body", NOW, token)
    assert headers["x-amz-date"] == "20260102T235959Z"


def test_what_may_change_on_the_way_is_not_signed() -> None:
    given = [header(b"User-Agent", b"x"), header(b"X-Amzn-Trace-Id", b"Root=1"), header(b"Accept", b"*/*")]

    headers = signed(Signer(Time()), given)

    assert headers["user-agent"] == "x"
    assert "SignedHeaders=host;x-amz-date," in headers["authorization"]


def test_a_signature_that_was_mapped_is_replaced() -> None:
    given = [header(b"Authorization", b"forged"), header(b"X-Amz-Date", b"old"), header(b"X-Amz-Security-Token", b"t")]

    headers = signed(Signer(Time()), given)

    assert headers["authorization"] == by_botocore({}, b"", NOW)
    assert "x-amz-security-token" not in headers


def test_keys_are_derived_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    derived: list[str] = []

    def derive(secret: str, scope: Scope) -> bytes:
        derived.append(scope.date)
        return b"key"

    monkeypatch.setattr(signing, "derive_key", derive)
    now = Time()
    signer = Signer(now)

    signed(signer, [])
    signed(signer, [])
    now.now += datetime.timedelta(seconds=1)
    signed(signer, [])
    signed(signer, [])

    assert derived == ["20260102", "20260103"]


def test_a_new_day_is_signed_as_such() -> None:
    now = Time()
    signer = Signer(now)
    signed(signer, [])
    now.now += datetime.timedelta(seconds=1)

    assert signed(signer, [])["authorization"] == by_botocore({}, b"", now.now)


def test_keys_of_old_sessions_are_forgotten() -> None:
    signer = Signer(Time())

    for number in range(signing._MOST_KEYS + 10):
        signed(signer, [], key=AccessKey("id", f"secret {number}"))

    assert len(signer._keys) <= signing._MOST_KEYS
