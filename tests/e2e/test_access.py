"""`limen access`: a user for a pipeline in one command, and all that follows."""

import json
from pathlib import Path

from tests.support.limen_process import LimenProcess

POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "apigateway:GET", "Resource": "arn:aws:apigateway:*::/apis*"}],
}


def write(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_a_user_is_made_with_a_key_that_works(limen: LimenProcess, tmp_path: Path):
    policy = write(tmp_path / "policy.json", POLICY)

    made = json.loads(limen.command("access", "create-user", "cli-ci", "--policy", policy, "--json").stdout)
    signed = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}

    assert "Items" in limen.client("apigatewayv2", **signed).get_apis()
    listed = json.loads(limen.command("access", "list", "--json").stdout)
    (user,) = [each for each in listed if each["name"] == "cli-ci"]
    assert [key["AccessKeyId"] for key in user["keys"]] == [made["AccessKeyId"]]
    assert made["SecretAccessKey"] not in limen.command("access", "list").stdout

    limen.command("access", "put-policy", "cli-ci", write(tmp_path / "none.json", POLICY | {"Statement": []} | POLICY))
    assert limen.command("access", "delete-user", "cli-ci").stdout == "deleted user cli-ci\n"
    assert "cli-ci" not in limen.command("access", "list").stdout


def test_exports_are_for_a_shell(limen: LimenProcess):
    ended = limen.command("access", "create-user", "cli-shell")

    assert ended.stdout.startswith("export AWS_ACCESS_KEY_ID=AKIA")
    assert "\nexport AWS_SECRET_ACCESS_KEY=" in ended.stdout
    assert ended.stderr == "The secret is not shown again.\n"


def test_keys_are_rotated(limen: LimenProcess):
    first = json.loads(limen.command("access", "create-user", "cli-keys", "--json").stdout)["AccessKeyId"]
    second = json.loads(limen.command("access", "keys", "cli-keys", "--create", "--json").stdout)["AccessKeyId"]

    limen.command("access", "keys", "cli-keys", "--disable", first)
    listed = json.loads(limen.command("access", "keys", "cli-keys", "--json").stdout)
    assert {key["AccessKeyId"]: key["Status"] for key in listed} == {first: "Inactive", second: "Active"}
    limen.command("access", "keys", "cli-keys", "--enable", first)
    assert first not in limen.command("access", "keys", "cli-keys", "--delete", first).stdout


def test_a_policy_that_is_refused_leaves_nothing_behind(limen: LimenProcess, tmp_path: Path):
    broken = write(tmp_path / "broken.json", {"Statement": [{"Effect": "Allow"}]})

    ended = limen.command("access", "create-user", "cli-broken", "--policy", broken, check=False)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Policy statement must contain actions." in ended.stderr
    assert "cli-broken" not in limen.command("access", "list").stdout
    missing = limen.command("access", "delete-user", "cli-broken", check=False)
    assert "The user with name cli-broken cannot be found." in missing.stderr


def test_a_role_is_made(limen: LimenProcess, tmp_path: Path):
    trust = {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}
    trusted = write(tmp_path / "trust.json", {"Version": "2012-10-17", "Statement": [trust]})
    policy = write(tmp_path / "policy.json", POLICY)

    arn = limen.command("access", "create-role", "cli-role", "--trust", trusted, "--policy", policy).stdout.strip()

    assert arn == "arn:aws:iam::000000000000:role/cli-role"
    given = limen.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")
    assert given["AssumedRoleUser"]["Arn"].endswith(":assumed-role/cli-role/me")
