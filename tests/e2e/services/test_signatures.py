"""Signatures of AWS integrations, verified by moto as AWS verifies them: role, session, policy and all."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import moto.settings
import pytest

from tests.e2e.conftest import StartLimen
from tests.e2e.services.conftest import Aws, s3_proxy
from tests.support.service_apis import ServiceApi

GATEWAY = "arn:aws:iam::123456789012:role/verified"


@pytest.fixture
def verifying(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> str:
    """An endpoint that turns away what is not signed by a key that may do it; its URL with such a key."""
    iam = aws.client("iam")
    iam.create_user(UserName="limen")
    iam.put_user_policy(UserName="limen", PolicyName="assume", PolicyDocument=_policy("sts:AssumeRole"))
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="verified", AssumeRolePolicyDocument=_document(trust))
    iam.put_role_policy(RoleName="verified", PolicyName="call", PolicyDocument=_policy("dynamodb:*", "s3:*"))
    key = iam.create_access_key(UserName="limen")["AccessKey"]
    monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
    return aws.url.replace("://", f"://{key['AccessKeyId']}:{quote(key['SecretAccessKey'], safe='')}@")


def test_a_role_signs_for_what_it_may_do(
    start_limen: StartLimen,
    tmp_path: Path,
    aws: Aws,
    table: str,
    bucket: str,
    verifying: str,
) -> None:
    (tmp_path / "limen.toml").write_text(f'[aws]\nendpoint_url = "{verifying}"\n')
    limen = start_limen()
    objects = s3_proxy(limen, GATEWAY).deploy()
    others = ServiceApi(limen, GATEWAY)
    item = '{"TableName": "orders", "Item": {"id": {"S": "7"}}}'
    others.add("POST", "/orders", "dynamodb:action/PutItem", template=item)
    others.add("GET", "/streams", "kinesis:action/ListStreams", template="{}", responses={"": "200", "403": "403"})
    caller = others.deploy()

    stored = caller.send("POST", "/prod/orders", {"Content-Type": "application/json"}, b"{}")
    denied = caller.get("/prod/streams")
    put = objects.send("PUT", "/prod/pictures/a%20(1)%2Fb%2B'%C3%A9.txt", {"Content-Type": "text/plain"}, b"hi")
    got = objects.get("/prod/pictures/a%20(1)%2Fb%2B'%C3%A9.txt")

    assert stored.status == 200, stored
    assert (put.status, got.status, got.body) == (200, 200, b"hi"), put
    assert denied.status == 403
    assert b"not authorized to perform: kinesis:ListStreams" in denied.body


def _policy(*actions: str) -> str:
    return _document({"Effect": "Allow", "Action": list(actions), "Resource": "*"})


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
