"""Stacks as wholes: created, updated by what differs, replaced, rolled back, deleted; exports between them."""

from tests.control.stacks.conftest import Stacks

API = """
    Parameters:
      Backend: {Type: String, Default: "https://one.example"}
      Key: {Type: String, Default: secret, NoEcho: true}
    Conditions:
      HasB: !Equals [!Ref Backend, "https://two.example"]
    Resources:
      Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: pets, ProtocolType: HTTP}}
      Integration:
        Type: AWS::ApiGatewayV2::Integration
        Properties:
          ApiId: !Ref Api
          IntegrationType: HTTP_PROXY
          IntegrationUri: !Ref Backend
          IntegrationMethod: ANY
          PayloadFormatVersion: 1.0
      Route:
        Type: AWS::ApiGatewayV2::Route
        Properties: {ApiId: !Ref Api, RouteKey: GET /a, Target: !Sub "integrations/${Integration}"}
      RouteB:
        Type: AWS::ApiGatewayV2::Route
        Condition: HasB
        Properties: {ApiId: !Ref Api, RouteKey: GET /b, Target: !Sub "integrations/${Integration}"}
      Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: "true"}}
    Outputs:
      Url: {Value: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/a", Description: Call me}
      Here: {Value: !GetAtt Api.ApiEndpoint}
      OfB: {Condition: HasB, Value: !Ref RouteB}
"""


def test_a_stack_is_made_in_order_and_has_outputs(stacks: Stacks) -> None:
    deployed = stacks.deploy(API)

    [api] = stacks.aws("GetApis", "apigatewayv2")["items"]
    assert stacks.changes(deployed) == [
        "+ Api (AWS::ApiGatewayV2::Api)",
        "+ Integration (AWS::ApiGatewayV2::Integration)",
        "+ Route (AWS::ApiGatewayV2::Route)",
        "+ Stage (AWS::ApiGatewayV2::Stage)",
    ]
    assert stacks.outputs(deployed) == {
        "Url": f"https://{api['apiId']}.execute-api.us-east-1.amazonaws.com/a",
        "Here": f"https://{api['apiId']}.execute-api.us-east-1.localhost:8443",
    }
    [url, _] = deployed.stack["outputs"]
    assert url["callable"] == f"https://{api['apiId']}.execute-api.us-east-1.localhost:8443/a"
    assert deployed.stack["parameters"] == {"Backend": "https://one.example", "Key": "****"}
    stage = stacks.aws("GetStage", "apigatewayv2", apiId=api["apiId"], stageName="$default")
    assert stage["deploymentId"]


def test_the_same_template_changes_nothing(stacks: Stacks) -> None:
    stacks.deploy(API)
    before = stacks.revision

    again = stacks.deploy(API)

    assert not again.has_changes
    assert stacks.changes(again) == []
    assert stacks.revision == before


def test_only_what_differs_is_updated(stacks: Stacks) -> None:
    api_id = stacks.outputs(stacks.deploy(API))["Url"]

    updated = stacks.deploy(API, Backend="https://two.example")

    assert stacks.outputs(updated)["Url"] == api_id
    assert stacks.changes(updated) == [
        "~ Integration (AWS::ApiGatewayV2::Integration)",
        "+ RouteB (AWS::ApiGatewayV2::Route)",
    ]
    assert stacks.changes(stacks.deploy(API)) == [], "parameters hold on where nothing is given"
    back = stacks.deploy(API, Backend="https://one.example")
    assert stacks.changes(back) == [
        "~ Integration (AWS::ApiGatewayV2::Integration)",
        "- RouteB (AWS::ApiGatewayV2::Route)",
    ]


def test_a_failure_changes_nothing(stacks: Stacks) -> None:
    stacks.deploy(API)
    before = stacks.revision

    broken = API.replace("GET /a", "GET/a").replace("Name: pets", "Name: other")
    message = stacks.refusal(broken)

    assert message.startswith("17:3: resource Route (AWS::ApiGatewayV2::Route): ")
    assert stacks.revision == before
    [api] = stacks.aws("GetApis", "apigatewayv2")["items"]
    assert api["name"] == "pets"


def test_a_new_stack_that_fails_leaves_nothing(stacks: Stacks) -> None:
    stacks.refusal(API.replace("GET /a", "GET/a"))

    assert stacks.aws("GetApis", "apigatewayv2")["items"] == []
    assert stacks.revision == 0


def test_another_type_or_name_replaces(stacks: Stacks) -> None:
    rest = """
        Resources:
          Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: pets}}
          Pets:
            Type: AWS::ApiGateway::Resource
            Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: pets}
    """
    stacks.deploy(API)

    assert stacks.changes(stacks.deploy(rest)) == [
        "~ Api (AWS::ApiGateway::RestApi): was AWS::ApiGatewayV2::Api",
        "+ Pets (AWS::ApiGateway::Resource)",
        "- Stage (AWS::ApiGatewayV2::Stage)",
        "- Route (AWS::ApiGatewayV2::Route)",
        "- Integration (AWS::ApiGatewayV2::Integration)",
    ]
    assert stacks.aws("GetApis", "apigatewayv2")["items"] == []

    assert stacks.changes(stacks.deploy(rest.replace("PathPart: pets", "PathPart: dogs"))) == [
        "~ Pets (AWS::ApiGateway::Resource): replaced"
    ]
    [api] = stacks.aws("GetRestApis")["item"]
    paths = [resource["path"] for resource in stacks.aws("GetResources", restapi_id=api["id"])["item"]]
    assert sorted(paths) == ["/", "/dogs"]


def test_what_is_retained_stays(stacks: Stacks) -> None:
    kept = """
        Resources:
          Api: {Type: AWS::ApiGateway::RestApi, DeletionPolicy: Retain, Properties: {Name: kept}}
          Other: {Type: AWS::ApiGateway::RestApi, Properties: {Name: other}}
    """
    stacks.deploy(kept)

    assert stacks.delete() == [
        "- Other (AWS::ApiGateway::RestApi)",
        "  Api (AWS::ApiGateway::RestApi): leaves the stack and is kept",
    ]
    assert [api["name"] for api in stacks.aws("GetRestApis")["item"]] == ["kept"]


def test_a_deleted_stack_leaves_nothing(stacks: Stacks) -> None:
    stacks.deploy(API)

    stacks.delete()

    with stacks.store.reader() as reader:
        left = {noun: list(reader.all(noun)) for noun in ("Api", "Route", "Stage", "Stack", "StackResource")}
    assert all(not found for found in left.values())


def test_what_was_deleted_by_hand_is_made_again(stacks: Stacks) -> None:
    stacks.deploy(API)
    [api] = stacks.aws("GetApis", "apigatewayv2")["items"]
    [route] = stacks.aws("GetRoutes", "apigatewayv2", apiId=api["apiId"])["items"]
    stacks.aws("DeleteRoute", "apigatewayv2", apiId=api["apiId"], routeId=route["routeId"])

    assert stacks.changes(stacks.deploy(API)) == ["+ Route (AWS::ApiGatewayV2::Route): had been deleted by hand"]


def test_stacks_export_and_import(stacks: Stacks) -> None:
    exporting = """
        Resources: {Topic: {Type: AWS::SNS::Topic}}
        Outputs: {Arn: {Value: !Ref Topic, Export: {Name: !Sub "${AWS::StackName}-arn"}}}
    """
    importing = """
        Resources: {Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: !ImportValue one-arn}}}
    """
    exported = stacks.outputs(stacks.deploy(exporting, "one"))["Arn"]
    stacks.deploy(importing, "two")

    [api] = stacks.aws("GetRestApis")["item"]
    assert api["name"] == exported
    stacks.delete("two")
    stacks.delete("one")


def test_an_export_that_is_imported_stays(stacks: Stacks) -> None:
    exporting = """
        Resources: {Topic: {Type: AWS::SNS::Topic}}
        Outputs: {Arn: {Value: !Ref Topic, Export: {Name: arn}}}
    """
    stacks.deploy(exporting, "one")
    stacks.deploy("Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !ImportValue arn}}}", "two")

    refusal = stacks.refusal(exporting.replace("Name: arn", "Name: other"), "one")

    assert refusal == "1:1: the export arn cannot be changed or removed: stack two imports it"
    assert stacks.refusal("Resources: {T: {Type: AWS::SNS::Topic, Properties: {A: !ImportValue b}}}").endswith(
        "resource T: no other stack exports b"
    )


def test_errors_name_the_line_the_resource_and_the_cause(stacks: Stacks) -> None:
    def refusal(properties: str, kind: str = "AWS::SNS::Topic") -> str:
        return stacks.refusal(f"Resources:\n  Topic:\n    Type: {kind}\n    Properties:\n      A: {properties}\n")

    assert refusal("!Ref Missing") == "5:10: resource Topic: there is no parameter or resource Missing"
    assert refusal("1", "AWS::EC2::Instance") == (
        "3: AWS::EC2::Instance is refused: AWS::EC2::Instance: Limen does not serve resources of this type"
    )
    assert refusal("1", "AWS::ApiGateway::RestApi") == "5: A is refused: AWS::ApiGateway::RestApi has no property A"
    circle = """
        Resources:
          A: {Type: AWS::SNS::Topic, Properties: {X: !Ref B}}
          B: {Type: AWS::SNS::Topic, DependsOn: A}
    """
    assert stacks.refusal(circle) == "3:3: the resources depend on each other in a circle: A -> B -> A"


def test_an_attribute_that_a_type_has_not_is_named(stacks: Stacks) -> None:
    text = """
        Resources:
          Role: {Type: AWS::IAM::Role}
          Topic: {Type: AWS::SNS::Topic, Properties: {X: !GetAtt Role.Name}}
    """
    assert stacks.refusal(text).endswith("resource Topic: AWS::IAM::Role has no attribute Name; it has Arn, RoleId")
