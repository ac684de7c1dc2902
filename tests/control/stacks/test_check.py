"""The report on a template: what is enforced, stored, refused."""

from pathlib import Path
from textwrap import dedent

import pytest

from limen.control.coverage import Report
from limen.control.openapi.keyword import Classification
from limen.control.stacks.check import check_template


def report(tmp_path: Path, text: str, **parameters: str) -> Report:
    path = tmp_path / "template.yaml"
    path.write_text(dedent(text))
    return check_template(path, parameters, "000000000000", "us-east-1")


def test_each_property_has_a_row(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        Resources:
          Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
          Stage:
            Type: AWS::ApiGateway::Stage
            UpdatePolicy: {}
            Properties:
              RestApiId: a
              DeploymentId: b
              StageName: prod
              TracingEnabled: true
              Wrong: 1
          Server: {Type: AWS::EC2::Instance}
        """,
    )

    rows = {row.pointer: (row.classification.value, row.line) for row in found.rows}
    assert rows == {
        "/Resources/Role/Type": ("stored", None),
        "/Resources/Stage/UpdatePolicy": ("stored", None),
        "/Resources/Stage/Properties/RestApiId": ("enforced", None),
        "/Resources/Stage/Properties/DeploymentId": ("enforced", None),
        "/Resources/Stage/Properties/StageName": ("enforced", None),
        "/Resources/Stage/Properties/TracingEnabled": ("stored", None),
        "/Resources/Stage/Properties/Wrong": ("refused", 12),
        "/Resources/Server/Type": ("refused", 13),
    }
    assert found.is_refused
    assert found.api_type == "template"


def test_a_body_is_judged_by_the_table_of_documents(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        Resources:
          Api:
            Type: AWS::ApiGatewayV2::Api
            Properties:
              Body:
                openapi: 3.0.1
                info: {title: !Ref AWS::StackName, version: "1"}
                paths:
                  /a:
                    get:
                      security: [{own: []}]
                      x-amazon-apigateway-integration: {type: http_proxy, uri: "https://a", httpMethod: GET}
        """,
    )

    [security] = [row for row in found.rows if row.is_security]
    assert security.pointer == "/Resources/Api/Properties/Body/paths/~1a/get/security"
    assert security.line == 12


@pytest.mark.parametrize(
    ("endpoint", "is_refused"),
    [
        ("{Types: [PRIVATE]}", True),
        ("{VpcEndpointIds: [vpce-1]}", True),
        ("{Types: [REGIONAL]}", False),
        ("{Types: [EDGE], IpAddressType: ipv4}", False),
    ],
)
def test_a_private_api_is_not_served_to_everybody_unasked(tmp_path: Path, endpoint: str, is_refused: bool) -> None:
    found = report(
        tmp_path,
        f"Resources: {{Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{EndpointConfiguration: {endpoint}}}}}}}",
    )

    assert found.refuses(allow_stored=False) == is_refused
    assert not found.refuses(allow_stored=True)


def test_resources_whose_condition_does_not_hold_are_left_out(tmp_path: Path) -> None:
    text = """
        Parameters: {Size: {Type: String}}
        Conditions: {IsLarge: !Equals [!Ref Size, large]}
        Resources:
          Server: {Type: AWS::EC2::Instance, Condition: IsLarge}
          Topic: {Type: AWS::SNS::Topic}
    """

    assert not report(tmp_path, text, Size="small").is_refused
    assert report(tmp_path, text, Size="large").is_refused
    [error] = report(tmp_path, text).errors
    assert error.message == "parameters need a value: Size (--parameter NAME=VALUE)"


def test_what_is_missing_or_cannot_be_evaluated_is_an_error(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        Resources:
          Pets: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Missing}}
          Dogs: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: a, ParentId: b}}
        """,
    )

    assert [(error.line, error.message) for error in found.errors] == [
        (3, "resource Pets: there is no parameter or resource Missing"),
        (4, "resource Dogs: AWS::ApiGateway::Resource needs the property PathPart"),
    ]


def test_a_file_that_is_no_template_has_an_error_with_its_place(tmp_path: Path) -> None:
    [error] = report(tmp_path, "Resources: {A: !What b}").errors

    assert (error.line, error.column, error.message) == (1, 16, "the tag !What is none of CloudFormation's")


def test_an_authorizer_that_is_kept_for_other_methods_than_it_was_asked_about_is_told_of(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        Resources:
          Mine:
            Type: AWS::ApiGateway::Authorizer
            Properties:
              {RestApiId: a, Name: mine, Type: TOKEN, AuthorizerUri: b, IdentitySource: method.request.header.A}
          One: &method
            Type: AWS::ApiGateway::Method
            Properties:
              {RestApiId: a, ResourceId: b, HttpMethod: GET, AuthorizationType: CUSTOM, AuthorizerId: {Ref: Mine}}
          Two: *method
        """,
    )
    [advice] = found.advice
    assert "authorizer 'mine' keeps an answer for 300 s by method.request.header.A" in advice.message
    assert advice.line == 4
    assert found.advice_lines()[0].startswith(f"{found.path}:4:")


LIMITED = """
    Resources:
      Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: pets}}
      Guard:
        Type: AWS::ApiGateway::Authorizer
        Properties: {RestApiId: !Ref Api, Name: g, Type: TOKEN, IdentitySource: method.request.header.Authorization}
      Method:
        Type: AWS::ApiGateway::Method
        Properties:
          RestApiId: !Ref Api
          ResourceId: !GetAtt Api.RootResourceId
          HttpMethod: GET
          AuthorizationType: CUSTOM
          AuthorizerId: !Ref Guard
          ApiKeyRequired: true
          Integration: {Type: MOCK, CacheKeyParameters: [method.request.querystring.q]}
      Stage:
        Type: AWS::ApiGateway::Stage
        Properties:
          RestApiId: !Ref Api
          DeploymentId: !Ref Deployment
          StageName: prod
          CacheClusterEnabled: true
          CacheClusterSize: "0.5"
          MethodSettings:
            - ResourcePath: /*
              HttpMethod: "*"
              CachingEnabled: true
              ThrottlingRateLimit: 10
              ThrottlingBurstLimit: 0
      Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}
      Plan:
        Type: AWS::ApiGateway::UsagePlan
        Properties:
          UsagePlanName: gold
          Throttle: {RateLimit: 10, BurstLimit: 5}
          ApiStages: [{ApiId: !Ref Api, Stage: !Ref Stage, Throttle: {/a/GET: {RateLimit: 20, BurstLimit: 5}}}]
"""


@pytest.mark.parametrize("verb", ["GET", "ANY"])
def test_keys_limits_and_caches_are_enforced_and_what_is_odd_about_them_is_told(tmp_path: Path, verb: str) -> None:
    found = report(tmp_path, LIMITED.replace("HttpMethod: GET", f"HttpMethod: {verb}"))

    assert [row.property for row in found.rows if row.classification is not Classification.ENFORCED] == []
    told = sorted(advice.message.partition(":")[0] for advice in found.advice)
    assert told == [
        "Method has an authorizer, and no identity in its cache key",
        "the throttle of * /* admits no call at all",
        "the throttle of /a/GET in usage plan 'gold' never takes effect",
    ]
    assert {advice.line for advice in found.advice} == {8, 18, 33}


def test_a_definition_in_s3_is_announced_not_read(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        """
        Resources: {Api: {Type: AWS::ApiGateway::RestApi, Properties: {BodyS3Location: {Bucket: b, Key: k}}}}
        """,
    )
    [advice] = found.advice
    assert advice.message == "BodyS3Location: what is in S3 is read, and judged like this template, when it is deployed"
    assert not found.refuses(allow_stored=False)
