"""SAM templates: what AWS's translator makes of them, without a word to AWS."""

import socket
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from limen.control.stacks.errors import TemplateError
from limen.control.stacks.local_files import LocalFiles
from limen.control.stacks.prepare import find_position
from limen.control.stacks.serverless import translate
from limen.control.stacks.template import Template, read_template
from limen.control.stacks.text import read_template_text

FUNCTION = """
    Transform: AWS::Serverless-2016-10-31
    Globals:
      Function: {Runtime: python3.12, Timeout: 5}
    Resources:
      Hello:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: .
          Handler: app.handler
          AutoPublishAlias: live
          Policies: [AWSLambdaBasicExecutionRole]
          Events:
            Api: {Type: Api, Properties: {Path: /hello, Method: get}}
            Http: {Type: HttpApi, Properties: {Path: /hi, Method: get}}
            Queue: {Type: SQS, Properties: {Queue: "arn:aws:sqs:us-east-1:000000000000:q", BatchSize: 1}}
            Clock: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
"""


@pytest.fixture(autouse=True)
def nothing_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("something tried to connect")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)


def translated(text: str, region: str = "us-east-1", **parameters: str) -> Template:
    document = read_template_text(dedent(text).encode()).document
    local = LocalFiles(Path(), is_live=True).resolve(document)
    return translate(read_template(local), parameters, region)


def test_a_function_with_its_events_becomes_resources_of_cloudformation() -> None:
    resources = translated(FUNCTION).resources()

    types = {resource.type for resource in resources.values()}
    assert types == {
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Stage",
        "AWS::Events::Rule",
        "AWS::IAM::Role",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
    }
    hello = resources["Hello"].properties
    assert (hello["Runtime"], hello["Timeout"]) == ("python3.12", 5)
    assert hello["Code"] == {"S3Bucket": "local-directory", "S3Key": str(Path().resolve())}
    assert type(next(iter(resources["ServerlessRestApi"].properties["Body"]))) is str


def test_managed_policies_are_those_of_the_partition() -> None:
    role = translated(FUNCTION, "cn-north-1").resources()["HelloRole"].properties

    assert "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" in role["ManagedPolicyArns"]


def test_what_sam_refuses_is_told() -> None:
    with pytest.raises(TemplateError) as refused:
        translated(FUNCTION.replace("Type: HttpApi", "Type: Carrier"))

    assert "Hello" in refused.value.message
    assert refused.value.pointer[:1] == ("Resources",)


@pytest.mark.parametrize("kind", ["Application", "StateMachine", "GraphQLApi"])
def test_other_types_of_sam_are_refused_by_name(kind: str) -> None:
    text = f"Transform: AWS::Serverless-2016-10-31\nResources: {{A: {{Type: AWS::Serverless::{kind}}}}}"

    with pytest.raises(TemplateError, match=f"resource A: AWS::Serverless::{kind} is not served"):
        translated(text)


def test_what_was_made_of_a_resource_stands_where_it_does() -> None:
    source = read_template_text(dedent(FUNCTION).encode())

    assert find_position(source, ("Resources", "HelloRole", "Properties")) == (6, 3)
    assert find_position(source, ("Resources", "ServerlessRestApi")) == (5, 1)


def test_an_event_without_authorizer_is_open_beside_a_default_one() -> None:
    resources = translated("""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Own:
            Type: AWS::Serverless::Api
            Properties:
              StageName: prod
              Auth:
                DefaultAuthorizer: Token
                Authorizers: {Token: {FunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:a"}}
          Hello:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: .
              Handler: app.handler
              Runtime: python3.12
              Events:
                Shut: {Type: Api, Properties: {Path: /shut, Method: get, RestApiId: !Ref Own}}
                Open: {Type: Api, Properties: {Path: /open, Method: get, RestApiId: !Ref Own, Auth: {Authorizer: NONE}}}
    """).resources()

    paths = resources["Own"].properties["Body"]["paths"]
    assert paths["/shut"]["get"]["security"] == [{"Token": []}]
    assert paths["/open"]["get"]["security"] == []
