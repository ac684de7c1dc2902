"""HTTP APIs as resources: every type and what a change of it does."""

from tests.control.stacks.conftest import Stacks

HTTP = """
    Parameters: {Text: {Type: String, Default: one}}
    Resources:
      Api:
        Type: AWS::ApiGatewayV2::Api
        Properties:
          Name: pets
          ProtocolType: HTTP
          Description: !Ref Text
          CorsConfiguration: {AllowOrigins: ["https://a.example"], MaxAge: "60"}
          Tags: {team: a}
      Link: {Type: AWS::ApiGatewayV2::VpcLink, Properties: {Name: !Ref Text, SubnetIds: [subnet-1]}}
      Integration:
        Type: AWS::ApiGatewayV2::Integration
        Properties:
          ApiId: !Ref Api
          Description: !Ref Text
          IntegrationType: HTTP_PROXY
          IntegrationMethod: GET
          IntegrationUri: https://a.example
          PayloadFormatVersion: "1.0"
          RequestParameters: {"append:header.x-a": !Ref Text}
          ResponseParameters: {200: {ResponseParameters: [{Source: !Ref Text, Destination: overwrite:header.x-b}]}}
      Authorizer:
        Type: AWS::ApiGatewayV2::Authorizer
        Properties:
          ApiId: !Ref Api
          AuthorizerType: JWT
          Name: !Ref Text
          IdentitySource: [$request.header.Authorization]
          JwtConfiguration: {Audience: [a], Issuer: "https://issuer.example"}
      Route:
        Type: AWS::ApiGatewayV2::Route
        Properties:
          ApiId: !Ref Api
          RouteKey: GET /a
          OperationName: !Ref Text
          Target: !Sub "integrations/${Integration}"
      Model:
        Type: AWS::ApiGatewayV2::Model
        Properties: {ApiId: !Ref Api, Name: Pet, Description: !Ref Text, Schema: {type: object}}
      Deployment: {Type: AWS::ApiGatewayV2::Deployment, Properties: {ApiId: !Ref Api, Description: !Ref Text}}
      Stage:
        Type: AWS::ApiGatewayV2::Stage
        Properties:
          ApiId: !Ref Api
          StageName: prod
          DeploymentId: !Ref Deployment
          Description: !Ref Text
          StageVariables: {text: !Ref Text}
          DefaultRouteSettings: {DetailedMetricsEnabled: true}
          AccessLogSettings:
            DestinationArn: !Sub "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:pets"
            Format: $context.requestId
          Tags: {a: b}
"""


def test_every_resource_of_an_http_api_is_made_updated_and_deleted(stacks: Stacks) -> None:
    def ask(operation: str, **members: str) -> list[dict[str, object]]:
        found = stacks.aws(operation, "apigatewayv2", **members)["items"]
        assert isinstance(found, list)
        return found

    stacks.deploy(HTTP)
    [api] = ask("GetApis")
    assert (api["description"], api["corsConfiguration"]["maxAge"], api["tags"]) == ("one", 60, {"team": "a"})

    updated = stacks.deploy(HTTP, Text="two")

    named = {"apiId": str(api["apiId"])}
    assert ask("GetApis") == [api | {"description": "two"}]
    [integration] = ask("GetIntegrations", **named)
    assert integration["requestParameters"] == {"append:header.x-a": "two"}
    assert integration["responseParameters"] == {"200": {"overwrite:header.x-b": "two"}}
    [authorizer], [route], [model] = (ask(name, **named) for name in ("GetAuthorizers", "GetRoutes", "GetModels"))
    assert (authorizer["name"], route["operationName"], model["description"]) == ("two", "two", "two")
    [deployment], [stage] = ask("GetDeployments", **named), ask("GetStages", **named)
    assert stage["deploymentId"] == deployment["deploymentId"]
    assert (stage["description"], stage["stageVariables"], stage["tags"]) == ("two", {"text": "two"}, {"a": "b"})
    assert "~ Link (AWS::ApiGatewayV2::VpcLink)" in stacks.changes(updated)

    stacks.delete()

    assert [name for name in ("GetApis", "GetVpcLinks") if ask(name)] == []


BODY = """
    Resources:
      Api:
        Type: AWS::ApiGatewayV2::Api
        Properties:
          Description: beside
          Body:
            openapi: 3.0.1
            info: {{title: pets, version: "1"}}
            paths:
              {path}:
                get:
                  x-amazon-apigateway-integration:
                    {{type: http_proxy, httpMethod: GET, uri: "https://a.example", payloadFormatVersion: 1.0}}
      Stage: {{Type: AWS::ApiGatewayV2::Stage, Properties: {{ApiId: !Ref Api, StageName: $default, AutoDeploy: true}}}}
"""


def test_a_body_makes_an_api_that_deploys_by_itself(stacks: Stacks) -> None:
    stacks.deploy(BODY.format(path="/a"))
    [api] = stacks.aws("GetApis", "apigatewayv2")["items"]
    named = {"apiId": api["apiId"]}
    [first] = stacks.aws("GetStages", "apigatewayv2", **named)["items"]

    stacks.deploy(BODY.format(path="/b"))

    [route] = stacks.aws("GetRoutes", "apigatewayv2", **named)["items"]
    [second] = stacks.aws("GetStages", "apigatewayv2", **named)["items"]
    assert (api["name"], api["description"], route["routeKey"]) == ("pets", "beside", "GET /b")
    assert first["deploymentId"] != second["deploymentId"]
    assert second["lastDeploymentStatusMessage"].startswith("Successfully")


def test_an_api_that_does_not_compile_fails(stacks: Stacks) -> None:
    refusal = stacks.refusal(BODY.format(path="/a").replace("https://a.example", "https://a.example:99999"))

    assert "resource " in refusal


def test_websocket_apis_are_refused_by_name(stacks: Stacks) -> None:
    text = "Resources: {Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET}}}"

    assert stacks.refusal(text) == "1: ProtocolType is refused: WebSocket APIs are not served yet"
