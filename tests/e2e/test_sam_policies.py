"""`Auth.ResourcePolicy` and `AWS_IAM` of SAM templates: what the translator makes of them is enforced."""

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.limen_process import LimenProcess

HERE, ELSEWHERE = "127.0.0.0/8", "203.0.113.0/24"
ACCOUNT = "000000000000"
IAM = "DefaultAuthorizer: AWS_IAM, "
POLICIES = {
    "BlackHere": f"ResourcePolicy: {{IpRangeBlacklist: [{HERE}]}}",
    "BlackElsewhere": f"ResourcePolicy: {{IpRangeBlacklist: [{ELSEWHERE}]}}",
    "WhiteHere": f"ResourcePolicy: {{IpRangeWhitelist: [{HERE}]}}",
    "WhiteElsewhere": f"ResourcePolicy: {{IpRangeWhitelist: [{ELSEWHERE}]}}",
    "WhiteVpc": "ResourcePolicy: {SourceVpcWhitelist: [vpc-1, vpce-1]}",
    "BlackVpc": "ResourcePolicy: {SourceVpcBlacklist: [vpc-1, vpce-1]}",
    "Custom": """ResourcePolicy: {CustomStatements: [
        {Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*"},
        {Effect: Deny, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/prod/POST/*"}]}""",
    "NobodyAllows": f"""ResourcePolicy: {{CustomStatements: {{Effect: Deny, Principal: "*",
        Action: "execute-api:Invoke", Resource: "execute-api:/*",
        Condition: {{IpAddress: {{"aws:SourceIp": {ELSEWHERE}}}}}}}}}""",
    "WhiteAccount": f'{IAM}ResourcePolicy: {{AwsAccountWhitelist: ["{ACCOUNT}"]}}',
    "BlackAccount": f'{IAM}ResourcePolicy: {{AwsAccountBlacklist: ["{ACCOUNT}"]}}',
    "Signed": f"{IAM}InvokeRole: NONE",
    "SignedAsCaller": "DefaultAuthorizer: AWS_IAM",
}
FUNCTION = """
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Echo:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.11
          Handler: index.handler
          Timeout: 20
          InlineCode: |
            def handler(event, context):
                return {"statusCode": 200, "body": str(event["requestContext"]["identity"].get("userArn"))}
"""


def template() -> str:
    lines = [dedent(FUNCTION).strip()]
    events = "".join(
        f"        {name}: {{Type: Api, Properties: {{RestApiId: !Ref {name}Api, Path: /x, Method: ANY}}}}\n"
        for name in POLICIES
    )
    lines.append(f"      Events:\n{events}".rstrip())
    for name, auth in POLICIES.items():
        lines.append(f"  {name}Api: {{Type: AWS::Serverless::Api, Properties: {{StageName: prod, Auth: {{{auth}}}}}}}")
    lines.append("Outputs:")
    lines += [f"  {name}: {{Value: !Ref {name}Api}}" for name in POLICIES]
    return "\n".join(lines) + "\n"


class Deployed:
    def __init__(self, limen: LimenProcess, file: Path) -> None:
        file.write_text(template())
        self.limen, self.file = limen, file
        answer = json.loads(limen.command("deploy", file, "--json").stdout)
        self.apis = {each["outputKey"]: each["outputValue"] for each in answer["stack"]["outputs"]}
        self.iam = limen.client("iam")

    def ask(self, name: str, method: str = "GET", credentials: Credentials | None = None) -> tuple[int, str]:
        api = self.apis[name]
        request = AWSRequest(method, f"https://{self.limen.host_of(api)}:{self.limen.port}/prod/x")
        if credentials is not None:
            SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
        client = self.limen.caller(api)
        try:
            answer = client.send(method, "/prod/x", {k: v for k, v in request.headers.items() if k.lower() != "host"})
        finally:
            client.close()
        return answer.status, answer.body.decode()

    def user(self, name: str, *actions: str) -> Credentials:
        self.iam.create_user(UserName=name)
        statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        if actions:
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            self.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture(scope="module")
def deployed(limen: LimenProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    made = Deployed(limen, tmp_path_factory.mktemp("sam-policies") / "policies.yaml")
    yield made
    limen.command("deploy", made.file, "--delete")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("BlackHere", 403),
        ("BlackElsewhere", 200),
        ("WhiteHere", 200),
        ("WhiteElsewhere", 403),
        ("WhiteVpc", 403),  # nobody comes from a VPC
        ("BlackVpc", 200),
        ("Custom", 200),
        ("NobodyAllows", 403),
    ],
)
def test_lists_of_a_template_let_in_and_keep_out(deployed: Deployed, name: str, status: int) -> None:
    answered, body = deployed.ask(name)

    assert answered == status
    assert (status == 403) == ("is not authorized to perform: execute-api:Invoke" in body)


def test_statements_of_a_template_tell_methods_apart(deployed: Deployed) -> None:
    assert deployed.ask("Custom", "PUT")[0] == 200
    assert deployed.ask("Custom", "POST")[0] == 403


def test_accounts_are_told_apart_by_who_signed(deployed: Deployed) -> None:
    nobody = deployed.user("sam-nobody", "lambda:InvokeFunction")
    allowed = deployed.user("sam-allowed", "execute-api:Invoke", "lambda:InvokeFunction")

    assert deployed.ask("WhiteAccount") == (403, '{"message":"Missing Authentication Token"}')
    assert deployed.ask("WhiteAccount", credentials=allowed) == (200, f"arn:aws:iam::{ACCOUNT}:user/sam-allowed")
    # The policy of the API names the account, which leaves its users to their own policies.
    assert deployed.ask("WhiteAccount", credentials=nobody)[0] == 403
    assert deployed.ask("BlackAccount", credentials=allowed)[0] == 403


def test_signers_need_a_permission_and_by_default_one_for_the_function(deployed: Deployed) -> None:
    """SAM invokes functions as the caller (`InvokeRole: CALLER_CREDENTIALS`) unless it is told otherwise."""
    api_alone = deployed.user("sam-api", "execute-api:Invoke")
    both = deployed.user("sam-both", "execute-api:Invoke", "lambda:InvokeFunction")

    assert deployed.ask("Signed")[0] == deployed.ask("SignedAsCaller")[0] == 403
    assert deployed.ask("Signed", credentials=deployed.user("sam-none"))[0] == 403
    assert deployed.ask("Signed", credentials=api_alone)[0] == 200
    assert deployed.ask("SignedAsCaller", credentials=api_alone)[0] == 500
    assert deployed.ask("SignedAsCaller", credentials=both)[0] == 200
