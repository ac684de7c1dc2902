"""What is recorded of calls, what is left out of it, and what happens when it cannot be written."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from limen.aws.call import Answered, Client
from limen.aws.errors import AwsError, access_denied
from limen.aws.identities import Principal, SessionClaims
from limen.aws.service_model import load_service
from limen.control.audit.files import AuditFiles, read_lines
from limen.control.audit.log import STRANGERS_PER_MINUTE, AuditLog
from limen.control.audit.redaction import HIDDEN

ACCOUNT = "000000000000"
USER = Principal(
    kind="User",
    arn=f"arn:aws:iam::{ACCOUNT}:user/ci",
    account=ACCOUNT,
    user_id="AIDA1",
    name="ci",
    access_key_id="AKIA1",
)


def answered(service: str = "iam", operation: str = "CreateUser", **more: Any) -> Answered:
    members: dict[str, Any] | None = more.pop("members", {"UserName": "ana"})
    known = {
        "request_id": "r-1",
        "region": "eu-west-1",
        "client": Client("10.0.0.7", "aws-cli/2"),
        "caller": USER,
        "access_key_id": "AKIA1",
        "error": None,
        "shape": load_service(service).operation(operation).input if service not in ("", "limen") else None,
    }
    return Answered(service=service, operation=operation, members=members, **{**known, **more})


class Audit:
    def __init__(self, directory: Path, size: int = 1 << 20) -> None:
        self.directory = directory
        self.now = 0.0
        self.log = AuditLog(AuditFiles(directory, size), ACCOUNT, lambda: self.now)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in read_lines(self.directory) if line.strip()]

    def event(self, record: Answered) -> dict[str, Any]:
        self.log.write(record)
        return self.events()[-1]


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path / "audit")


def test_an_event_says_who_did_what_when_and_from_where(audit: Audit):
    event = audit.event(answered())

    assert event.pop("eventID")
    assert event == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDA1",
            "arn": USER.arn,
            "accountId": ACCOUNT,
            "accessKeyId": "AKIA1",
            "userName": "ci",
        },
        "eventTime": "1970-01-01T00:00:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "10.0.0.7",
        "userAgent": "aws-cli/2",
        "requestParameters": {"userName": "ana"},
        "requestID": "r-1",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
    }


def test_refusals_and_sessions_are_told(audit: Audit):
    claims = SessionClaims(
        access_key_id="ASIA1",
        secret="s",
        principal="role",
        principal_id="AROA1",
        issued=0,
        expires=9,
        source_identity="x",
    )
    session = Principal(
        kind="AssumedRole", arn="a", account=ACCOUNT, user_id="AROA1:me", name="deploy", issuer="role", session=claims
    )
    error = AwsError("InvalidSignatureException", "No match.\n\nThe Canonical String ... secret", 403)

    event = audit.event(answered("apigatewayv2", "GetApis", members={}, caller=session, error=error))

    assert (event["eventSource"], event["readOnly"]) == ("apigateway.amazonaws.com", True)
    assert (event["errorCode"], event["errorMessage"]) == ("InvalidSignatureException", "No match.")
    assert event["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] == "deploy"
    assert event["userIdentity"]["sessionContext"]["sourceIdentity"] == "x"


@pytest.mark.parametrize(
    ("service", "operation", "members", "hidden"),
    [
        ("apigateway", "CreateApiKey", {"name": "n", "value": "SECRET-VALUE-1234567"}, "value"),
        ("lambda", "CreateFunction", {"Environment": {"Variables": {"TOKEN": "SECRET"}}}, "environment"),
        ("iam", "CreateLoginProfile", {"UserName": "u", "Password": "SECRET"}, "password"),
        ("cognito-idp", "AdminSetUserPassword", {"Password": "SECRET"}, "password"),
        ("cognito-idp", "InitiateAuth", {"AuthParameters": {"PASSWORD": "SECRET"}}, "authParameters"),
        ("cognito-idp", "GlobalSignOut", {"AccessToken": "SECRET"}, "accessToken"),
        ("apigateway", "TestInvokeMethod", {"headers": {"Authorization": "SECRET"}, "body": "SECRET"}, "headers"),
        ("apigateway", "ImportApiKeys", {"body": b"SECRET"}, "body"),
    ],
)
def test_secrets_are_hidden(audit: Audit, service: str, operation: str, members: dict[str, Any], hidden: str):
    event = audit.event(answered(service, operation, members=members))

    assert HIDDEN in json.dumps(event["requestParameters"][hidden])
    assert b"SECRET" not in b"".join(read_lines(audit.directory)).replace(HIDDEN.encode(), b"")


def test_bulk_is_left_out(audit: Audit):
    members = {"body": b"x" * 5000, "name": "n" * 5000, "many": list(range(1000)), "deep": {}}
    deep = members["deep"]
    for _ in range(50):
        deep["deep"] = deep = {}

    event = audit.event(answered("apigateway", "ImportRestApi", members=members))

    assert event["requestParameters"]["body"] == "<5000 bytes>"
    assert event["requestParameters"]["name"].endswith("... (5000 characters)")
    assert len(event["requestParameters"]["many"]) == 50
    huge = {f"m{number}": {str(key): "v" * 1000 for key in range(50)} for number in range(3)}
    omitted = audit.event(answered("apigateway", "ImportRestApi", members=huge))["requestParameters"]
    assert list(omitted) == ["omitted"]


def test_runs_of_functions_are_recorded_only_when_they_are_refused(audit: Audit):
    audit.log.write(answered("lambda", "Invoke", members={}))
    assert audit.events() == []

    event = audit.event(answered("lambda", "Invoke", members={"Payload": b"x"}, error=access_denied("No.")))
    assert (event["errorCode"], event["requestParameters"]) == ("AccessDeniedException", {"payload": HIDDEN})


def test_strangers_cannot_fill_the_log(audit: Audit):
    stranger = answered("", "", caller=None, members=None, error=access_denied("No."), access_key_id="AKIAGUESS")
    for _ in range(STRANGERS_PER_MINUTE + 40):
        audit.log.write(stranger)

    assert len(audit.events()) == STRANGERS_PER_MINUTE
    assert audit.events()[0]["userIdentity"] == {"type": "Unknown", "accessKeyId": "AKIAGUESS"}
    event = audit.event(answered())
    assert event["additionalEventData"] == {"unidentifiedCallsLeftOut": 40}
    audit.now = 60
    audit.log.write(stranger)
    assert len(audit.events()) == STRANGERS_PER_MINUTE + 2


def test_what_cannot_be_recorded_is_not_begun(audit: Audit, caplog: pytest.LogCaptureFixture):
    audit.log.check("iam", "CreateUser")
    (audit.directory / "audit.jsonl").unlink()
    audit.directory.rmdir()
    audit.directory.write_text("in the way")

    with pytest.raises(AwsError) as raised:
        audit.log.check("iam", "CreateUser")
    assert (raised.value.code, raised.value.status) == ("ServiceUnavailableException", 503)
    assert "audit log cannot be written" in raised.value.message
    with pytest.raises(AwsError):
        audit.log.write(answered())
    assert '"eventName":"CreateUser"' in caplog.text, "what was done already stands in the log of the process"
    audit.log.check("lambda", "Invoke")

    audit.directory.unlink()
    audit.log.check("iam", "CreateUser")


def test_the_log_is_for_its_owner_alone(audit: Audit):
    audit.log.write(answered())

    assert (audit.directory / "audit.jsonl").stat().st_mode & 0o777 == 0o600
    assert os.stat(audit.directory).st_mode & 0o777 == 0o700
