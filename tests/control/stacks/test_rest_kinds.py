"""REST APIs as resources: every type and what a change of it does."""

import pytest

from limen.control.stacks.deploy import StackRefusedError
from tests.control.stacks.conftest import Stacks

REST = """
    Parameters:
      Text: {Type: String, Default: one}
    Resources:
      Api:
        Type: AWS::ApiGateway::RestApi
        Properties:
          Name: pets
          Description: !Ref Text
          ApiKeySourceType: HEADER
          BinaryMediaTypes: [image/png]
          EndpointConfiguration: {Types: [REGIONAL]}
          MinimumCompressionSize: "100"
          Tags: [{Key: team, Value: a}]
      Pets:
        Type: AWS::ApiGateway::Resource
        Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: pets}
      Pet:
        Type: AWS::ApiGateway::Model
        Properties:
          RestApiId: !Ref Api
          Name: Pet
          ContentType: application/json
          Description: !Ref Text
          Schema: {type: object, properties: {id: {type: integer}}}
      Unnamed:
        Type: AWS::ApiGateway::Model
        Properties: {RestApiId: !Ref Api, Schema: {type: object}}
      Validator:
        Type: AWS::ApiGateway::RequestValidator
        Properties: {RestApiId: !Ref Api, Name: !Ref Text, ValidateRequestBody: true}
      NotFound:
        Type: AWS::ApiGateway::GatewayResponse
        Properties:
          RestApiId: !Ref Api
          ResponseType: MISSING_AUTHENTICATION_TOKEN
          StatusCode: 404
          ResponseTemplates: {application/json: !Sub '{"message": "${Text}"}'}
      Part:
        Type: AWS::ApiGateway::DocumentationPart
        Properties: {RestApiId: !Ref Api, Location: {Type: API}, Properties: !Sub '{"info": "${Text}"}'}
      Documented:
        Type: AWS::ApiGateway::DocumentationVersion
        Properties: {RestApiId: !Ref Api, DocumentationVersion: "1", Description: !Ref Text}
      Method:
        Type: AWS::ApiGateway::Method
        Properties:
          RestApiId: !Ref Api
          ResourceId: !Ref Pets
          HttpMethod: POST
          AuthorizationType: NONE
          RequestModels: {application/json: !Ref Pet}
          RequestParameters: {method.request.querystring.kind: "true"}
          RequestValidatorId: !Ref Validator
          MethodResponses: [{StatusCode: 200, ResponseParameters: {method.response.header.X-A: true}}]
          Integration:
            Type: MOCK
            TimeoutInMillis: "5000"
            RequestTemplates: {application/json: '{"statusCode": 200}'}
            IntegrationResponses:
              - StatusCode: 200
                ResponseParameters: {method.response.header.X-A: !Sub "'${Text}'"}
      Deployment:
        Type: AWS::ApiGateway::Deployment
        Properties: {RestApiId: !Ref Api, Description: !Ref Text}
      Stage:
        Type: AWS::ApiGateway::Stage
        Properties:
          RestApiId: !Ref Api
          StageName: prod
          DeploymentId: !Ref Deployment
          DocumentationVersion: !Ref Documented
          Description: !Ref Text
          Variables: {text: !Ref Text}
          AccessLogSetting:
            DestinationArn: !Sub "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:pets"
            Format: $context.requestId
          MethodSettings:
            - {ResourcePath: "/*", HttpMethod: "*", LoggingLevel: INFO}
            - {ResourcePath: /pets, HttpMethod: POST, MetricsEnabled: true}
          Tags: [{Key: a, Value: b}]
"""


def test_every_resource_of_a_rest_api_is_made(stacks: Stacks) -> None:
    stacks.deploy(REST)

    [api] = stacks.aws("GetRestApis")["item"]
    named = {"restapi_id": api["id"]}
    assert (api["description"], api["minimumCompressionSize"], api["tags"]) == ("one", 100, {"team": "a"})
    [pets] = [each for each in stacks.aws("GetResources", **named)["item"] if each["path"] == "/pets"]
    method = stacks.aws("GetMethod", **named, resource_id=pets["id"], http_method="POST")
    assert method["requestParameters"] == {"method.request.querystring.kind": True}
    assert method["methodResponses"]["200"]["statusCode"] == "200"
    assert method["methodIntegration"]["timeoutInMillis"] == 5000
    assert method["methodIntegration"]["integrationResponses"]["200"]["responseParameters"] == {
        "method.response.header.X-A": "'one'"
    }
    [validator] = stacks.aws("GetRequestValidators", **named)["item"]
    assert (validator["name"], method["requestValidatorId"]) == ("one", validator["id"])
    assert len(stacks.aws("GetModels", **named)["item"]) == 4
    stage = stacks.aws("GetStage", **named, stage_name="prod")
    assert stage["variables"] == {"text": "one"}
    assert stage["accessLogSettings"]["format"] == "$context.requestId"
    assert stage["methodSettings"]["*/*"]["loggingLevel"] == "INFO"
    assert stage["methodSettings"]["~1pets/POST"]["metricsEnabled"] is True
    assert stage["documentationVersion"] == "1"
    response = stacks.aws("GetGatewayResponse", **named, response_type="MISSING_AUTHENTICATION_TOKEN")
    assert response["statusCode"] == "404"


def test_each_is_updated_in_place_and_the_api_deployed_again(stacks: Stacks) -> None:
    stacks.deploy(REST)
    [before] = stacks.aws("GetRestApis")["item"]

    updated = stacks.deploy(REST, Text="two")

    [api] = stacks.aws("GetRestApis")["item"]
    named = {"restapi_id": api["id"]}
    assert api == before | {"description": "two"}
    assert stacks.changes(updated) == [
        "~ Api (AWS::ApiGateway::RestApi)",
        "~ Pet (AWS::ApiGateway::Model)",
        "~ Validator (AWS::ApiGateway::RequestValidator): replaced",
        "~ NotFound (AWS::ApiGateway::GatewayResponse)",
        "~ Part (AWS::ApiGateway::DocumentationPart)",
        "~ Documented (AWS::ApiGateway::DocumentationVersion)",
        "~ Method (AWS::ApiGateway::Method)",
        "~ Deployment (AWS::ApiGateway::Deployment): what it froze has changed; CloudFormation would want another "
        "logical id",
        "~ Stage (AWS::ApiGateway::Stage)",
    ]
    [deployment] = stacks.aws("GetDeployments", **named)["item"]
    stage = stacks.aws("GetStage", **named, stage_name="prod")
    assert (stage["deploymentId"], stage["variables"]) == (deployment["id"], {"text": "two"})
    [validator] = stacks.aws("GetRequestValidators", **named)["item"]
    assert validator["name"] == "two"
    [part] = stacks.aws("GetDocumentationParts", **named)["item"]
    assert part["properties"] == '{"info": "two"}'


def test_what_leaves_the_template_is_deleted(stacks: Stacks) -> None:
    stacks.deploy(REST)
    lines = stacks.delete()

    assert len(lines) == 11
    with stacks.store.reader() as reader:
        left = ("RestApi", "Resource", "Method", "Model", "Stage", "Deployment", "RequestValidator")
        assert [noun for noun in left if list(reader.all(noun))] == []


BODY = """
    Resources:
      Api:
        Type: AWS::ApiGateway::RestApi
        Properties:
          Description: beside
          Body:
            openapi: 3.0.1
            info: {{title: pets, version: "1"}}
            paths:
              {path}:
                get:
                  responses: {{}}
                  x-amazon-apigateway-integration:
                    type: http_proxy
                    httpMethod: GET
                    uri: !Sub "https://${{AWS::Region}}.example/"
      Deployment: {{Type: AWS::ApiGateway::Deployment, Properties: {{RestApiId: !Ref Api, StageName: live}}}}
"""


def test_a_body_makes_an_api_and_a_deployment_its_stage(stacks: Stacks) -> None:
    stacks.deploy(BODY.format(path="/a"))
    updated = stacks.deploy(BODY.format(path="/b"))

    [api] = stacks.aws("GetRestApis")["item"]
    paths = [each["path"] for each in stacks.aws("GetResources", restapi_id=api["id"])["item"]]
    assert (api["name"], api["description"], paths) == ("pets", "beside", ["/", "/b"])
    [deployment] = stacks.aws("GetDeployments", restapi_id=api["id"])["item"]
    [stage] = stacks.aws("GetStages", restapi_id=api["id"])["item"]
    assert (stage["stageName"], stage["deploymentId"]) == ("live", deployment["id"])
    assert len(stacks.changes(updated)) == 2
    stacks.delete()


def test_a_body_that_cannot_be_served_is_refused_with_its_line(stacks: Stacks) -> None:
    with pytest.raises(StackRefusedError) as refused:
        stacks.deploy(BODY.format(path="/a").replace("type: http_proxy", "type: smtp"))

    assert refused.value.lines[0].startswith(f"{stacks.path}:14")


def test_security_that_is_not_enforced_is_refused(stacks: Stacks) -> None:
    text = """
        Resources:
          Method:
            Type: AWS::ApiGateway::Method
            Properties: {RestApiId: a, ResourceId: b, HttpMethod: GET, AuthorizationType: SOMETHING}
    """
    with pytest.raises(StackRefusedError) as refused:
        stacks.deploy(text)

    first, hint = refused.value.lines
    assert "AuthorizationType is stored: SOMETHING is not enforced yet" in first
    assert hint.endswith("--allow-stored serves it nevertheless")


def test_a_model_without_a_name_has_one_of_letters_and_digits(stacks: Stacks) -> None:
    stacks.deploy(
        """
        Resources:
          Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: pets}}
          Pet: {Type: AWS::ApiGateway::Model, Properties: {RestApiId: !Ref Api, Schema: {type: object}}}
        """,
        "my-pets",
    )

    [api] = stacks.aws("GetRestApis")["item"]
    names = [model["name"] for model in stacks.aws("GetModels", restapi_id=api["id"])["item"]]
    assert any(name.startswith("mypetsPet") for name in names), names
