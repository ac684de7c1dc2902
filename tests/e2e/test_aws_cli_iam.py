"""IAM and STS from the AWS command line."""

import json
from pathlib import Path

from tests.e2e.test_aws_cli import aws
from tests.support.limen_process import LimenProcess

TRUST = {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}


def test_a_role_is_made_by_the_aws_command(limen: LimenProcess, tmp_path: Path) -> None:
    file = tmp_path / "trust.json"
    file.write_text(json.dumps({"Version": "2012-10-17", "Statement": [TRUST]}))
    options = f"--role-name shell --assume-role-policy-document file://{file} --tags Key=a,Value=b"

    aws(limen, f"create-role {options}", "iam")
    role = json.loads(aws(limen, "get-role --role-name shell --output json", "iam"))["Role"]

    assert role["AssumeRolePolicyDocument"]["Statement"] == [TRUST]
    assert role["Tags"] == [{"Key": "a", "Value": "b"}]


def test_the_aws_command_learns_who_it_is(limen: LimenProcess) -> None:
    assert aws(limen, "get-caller-identity --query Arn --output text", "sts") == "arn:aws:iam::000000000000:root\n"
