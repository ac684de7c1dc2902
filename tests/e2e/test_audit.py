"""`limen audit`: every call on the admin port leaves a line, whoever made it and whatever came of it."""

import json
import subprocess
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.conftest import StartLimen
from tests.support.limen_process import LimenProcess, limen_command, wait_until


def events(limen: LimenProcess, *arguments: str) -> list[dict[str, Any]]:
    lines = limen.command("audit", "--json", *arguments).stdout.splitlines()
    return [json.loads(line) for line in lines]


def test_calls_are_recorded_with_who_and_what_came_of_it(limen: LimenProcess):
    iam = limen.client("iam")
    iam.create_user(UserName="audited")
    key = iam.create_access_key(UserName="audited")["AccessKey"]
    signed = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    with pytest.raises(ClientError):
        limen.client("apigateway", **signed).create_rest_api(name="mine")
    wrong = signed | {"aws_secret_access_key": "guessed"}
    with pytest.raises(ClientError):
        limen.client("apigateway", **wrong).get_rest_apis()

    (denied,) = events(limen, "--user", "audited", "--operation", "CreateRestApi")
    assert denied["userIdentity"]["arn"] == "arn:aws:iam::000000000000:user/audited"
    assert (denied["errorCode"], denied["sourceIPAddress"]) == ("AccessDeniedException", "127.0.0.1")
    assert (denied["requestParameters"], denied["readOnly"]) == ({"name": "mine"}, False)
    assert "Boto3" in denied["userAgent"]
    (forged,) = events(limen, "--user", key["AccessKeyId"], "--operation", "GetRestApis")
    assert (forged["userIdentity"]["type"], forged["errorCode"]) == ("Unknown", "InvalidSignatureException")
    made = [event for event in events(limen, "--operation", "CreateUser") if "errorCode" not in event]
    assert made[-1]["userIdentity"]["type"] == "Root"

    stored = b"".join(path.read_bytes() for path in (limen.data_directory / "audit").glob("*.jsonl"))
    assert key["SecretAccessKey"].encode() not in stored


def test_limens_own_questions_are_recorded(limen: LimenProcess):
    limen.command("status")

    event = events(limen, "--operation", "GetStatus")[-1]
    assert (event["eventSource"], event["eventType"], event["readOnly"]) == ("limen", "LimenCall", True)


def test_a_table_for_people(limen: LimenProcess):
    limen.client("iam").list_users()

    lines = limen.command("audit", "--operation", "ListUsers").stdout.splitlines()
    assert lines[0].split() == ["TIME", "WHO", "OPERATION", "RESULT", "FROM", "PARAMETERS"]
    assert lines[-1].split()[1:5] == ["root", "iam:ListUsers", "ok", "127.0.0.1"]
    assert limen.command("audit", "--since", "2100-01-01T00:00:00Z", "--json").stdout == ""


def test_following_shows_what_comes(limen: LimenProcess, tmp_path):
    output = tmp_path / "followed"
    with output.open("wb") as file:
        following = subprocess.Popen(
            [limen_command(), "audit", "--follow", "--operation", "GetUser"], env=limen.environment, stdout=file
        )
        try:
            limen.client("iam").get_user()
            wait_until(lambda: b"iam:GetUser" in output.read_bytes(), 20.0, lambda: "nothing was followed")
        finally:
            following.terminate()
            following.wait(10)


def test_none_is_kept_where_nobody_wants_one(start_limen: StartLimen):
    limen = start_limen("--audit-size", "0")
    limen.client("iam").list_users()

    ended = limen.command("audit", check=False)
    assert (ended.returncode, "there is no audit log" in ended.stderr) == (1, True)


def test_while_nothing_can_be_recorded_nothing_is_done(start_limen: StartLimen):
    limen = start_limen()
    (limen.data_directory / "audit").mkdir(exist_ok=True)
    for path in (limen.data_directory / "audit").iterdir():
        path.unlink()
    (limen.data_directory / "audit").rmdir()
    (limen.data_directory / "audit").write_text("in the way")

    with pytest.raises(ClientError) as raised:
        limen.client("iam").create_user(UserName="nobody")
    assert raised.value.response["Error"]["Code"] == "ServiceUnavailable"
    (limen.data_directory / "audit").unlink()

    assert limen.client("iam").list_users()["Users"] == []
