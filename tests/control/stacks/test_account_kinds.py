"""Keys, usage plans, links and certificates as resources."""

import pytest

from limen.control.stacks.deploy import StackRefusedError
from tests.control.stacks.conftest import Stacks

ACCOUNT = """
    Parameters: {Text: {Type: String, Default: one}}
    Resources:
      Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: pets}}
      Method:
        Type: AWS::ApiGateway::Method
        Properties:
          RestApiId: !Ref Api
          ResourceId: !GetAtt Api.RootResourceId
          HttpMethod: GET
          AuthorizationType: NONE
          Integration: {Type: MOCK}
      Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}
      Stage:
        Type: AWS::ApiGateway::Stage
        Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: prod}
      Key:
        Type: AWS::ApiGateway::ApiKey
        Properties:
          Description: !Ref Text
          Enabled: true
          StageKeys: [{RestApiId: !Ref Api, StageName: !Ref Stage}]
      Plan:
        Type: AWS::ApiGateway::UsagePlan
        Properties:
          Description: !Ref Text
          ApiStages: [{ApiId: !Ref Api, Stage: !Ref Stage}]
          Throttle: {RateLimit: 10, BurstLimit: 5}
          Quota: {Limit: 100, Period: DAY}
      PlanKey:
        Type: AWS::ApiGateway::UsagePlanKey
        Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}
      Link:
        Type: AWS::ApiGateway::VpcLink
        Properties:
          Name: !Ref Text
          TargetArns: ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/a/0123456789abcdef"]
      Certificate: {Type: AWS::ApiGateway::ClientCertificate, Properties: {Description: !Ref Text}}
      Account: {Type: AWS::ApiGateway::Account, Properties: {CloudWatchRoleArn: !GetAtt Role.Arn}}
      Role: {Type: AWS::IAM::Role}
    Outputs:
      Key: {Value: !GetAtt Key.APIKeyId}
"""


def test_what_an_account_has_is_made_updated_and_deleted(stacks: Stacks) -> None:
    first = stacks.deploy(ACCOUNT)
    [key] = stacks.aws("GetApiKeys")["item"]
    assert stacks.outputs(first)["Key"] == key["id"]
    assert (key["description"], len(key["stageKeys"])) == ("one", 1)

    stacks.deploy(ACCOUNT, Text="two")

    [changed] = stacks.aws("GetApiKeys")["item"]
    assert changed | {"lastUpdatedDate": ""} == key | {"description": "two", "lastUpdatedDate": ""}
    [plan] = stacks.aws("GetUsagePlans")["item"]
    assert (plan["description"], len(plan["apiStages"]), plan["quota"]["limit"]) == ("two", 1, 100)
    assert len(stacks.aws("GetUsagePlanKeys", usageplanId=plan["id"])["item"]) == 1
    [link] = stacks.aws("GetVpcLinks")["item"]
    assert link["name"] == "two"
    [certificate] = stacks.aws("GetClientCertificates")["item"]
    assert certificate["description"] == "two"
    assert stacks.aws("GetAccount")["cloudwatchRoleArn"].startswith("arn:aws:iam::000000000000:role/pets-Role-")

    stacks.delete()

    lists = ("GetApiKeys", "GetUsagePlans", "GetVpcLinks", "GetClientCertificates", "GetRestApis")
    assert [name for name in lists if stacks.aws(name)["item"]] == []


def test_a_stack_remembers_no_value_of_a_key(stacks: Stacks) -> None:
    def template(value: str) -> str:
        return f"Resources: {{Key: {{Type: AWS::ApiGateway::ApiKey, Properties: {{Enabled: true, Value: {value}}}}}}}"

    first, second = "a-value-of-twenty-characters", "another-value-of-twenty-characters"
    made = stacks.deploy(template(first)).stack
    key = stacks.aws("GetApiKeys", includeValues=True)["item"][0]
    assert (key["value"], stacks.deploy(template(first)).has_changes) == (first, False)

    stacks.deploy(template(second))
    [replaced] = stacks.aws("GetApiKeys", includeValues=True)["item"]
    assert (replaced["value"], replaced["id"] != key["id"]) == (second, True)
    with stacks.store.reader() as reader:
        stored = str(reader.list("StackResource", f"stack/{made['stackId']}"))
    assert first not in stored and second not in stored


def test_a_key_whose_id_would_be_its_value_is_refused(stacks: Stacks) -> None:
    text = "Resources: {Key: {Type: AWS::ApiGateway::ApiKey, Properties: {GenerateDistinctId: WANTED}}}"

    with pytest.raises(StackRefusedError, match="generateDistinctId false is refused: logs and URLs show the id"):
        stacks.deploy(text.replace("WANTED", "false"))
    stacks.deploy(text.replace("WANTED", "true"))
    [key] = stacks.aws("GetApiKeys")["item"]
    assert len(key["id"]) == 10
