"""Functions, versions, aliases, layers, permissions and log groups as resources."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from limen.control.objects import ObjectError, Objects, StoredObject
from limen.control.stacks.function_kinds import split_qualifier
from limen.control.stacks.prepare import UnreadableError
from tests.control.stacks.conftest import Stacks
from tests.support.zips import make_zip

FUNCTIONS = """
    Parameters: {Text: {Type: String, Default: one}, Weight: {Type: String, Default: "0.1"}}
    Conditions: {IsFirst: !Equals [!Ref Text, one]}
    Resources:
      Role: {Type: AWS::IAM::Role}
      Layer:
        Type: AWS::Lambda::LayerVersion
        Properties: {Content: ./src, LayerName: shared, CompatibleRuntimes: [python3.12]}
      Function:
        Type: AWS::Lambda::Function
        Properties:
          Role: !GetAtt Role.Arn
          Runtime: python3.12
          Handler: index.handler
          Timeout: "7"
          Code: {ZipFile: !Sub "def handler(event, context): return '${Text}'"}
          Layers: [!Ref Layer]
          Environment: {Variables: {TEXT: !Ref Text}}
          ReservedConcurrentExecutions: !If [IsFirst, 5, !Ref AWS::NoValue]
          Tags: [{Key: text, Value: !Ref Text}]
          Description: !If [IsFirst, first, !Ref AWS::NoValue]
      Live:
        Type: AWS::Lambda::Function
        Properties: {Role: !GetAtt Role.Arn, Runtime: python3.12, Handler: app.handler, Code: src}
      Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Function, Description: !Ref Text}}
      Alias:
        Type: AWS::Lambda::Alias
        Properties:
          FunctionName: !Ref Function
          FunctionVersion: !GetAtt Version.Version
          Name: live
      Permission:
        Type: AWS::Lambda::Permission
        Properties:
          FunctionName: !Ref Alias
          Action: lambda:InvokeFunction
          Principal: apigateway.amazonaws.com
          SourceArn: !Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Text}/*"
      Events:
        Type: AWS::Lambda::EventInvokeConfig
        Properties: {FunctionName: !Ref Function, Qualifier: $LATEST, MaximumRetryAttempts: 1}
      Logs:
        Type: AWS::Logs::LogGroup
        Properties: {LogGroupName: !Sub "/aws/lambda/${Function}", RetentionInDays: 7}
    Outputs:
      Arn: {Value: !GetAtt Function.Arn}
      Name: {Value: !Ref Function}
      Alias: {Value: !Ref Alias}
      Version: {Value: !Ref Version}
"""


@pytest.fixture(autouse=True)
def source(stacks: Stacks) -> None:
    (stacks.folder / "src").mkdir()
    (stacks.folder / "src" / "app.py").write_text("")


def test_functions_are_made_updated_and_deleted(stacks: Stacks) -> None:
    outputs = stacks.outputs(stacks.deploy(FUNCTIONS))
    name = outputs["Name"]
    assert name.startswith("pets-Function-")
    assert outputs["Arn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    assert (outputs["Alias"], outputs["Version"]) == (f"{outputs['Arn']}:live", f"{outputs['Arn']}:1")
    found = stacks.aws("GetFunction", "lambda", FunctionName=name)
    configuration = found["Configuration"]
    assert (configuration["Timeout"], configuration["Environment"]) == (7, {"Variables": {"TEXT": "one"}})
    assert found["Tags"] == {"text": "one"}
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    policy = json.loads(stacks.aws("GetPolicy", "lambda", FunctionName=name, Qualifier="live")["Policy"])
    assert policy["Statement"][0]["Condition"]["ArnLike"]["AWS:SourceArn"].endswith(":one/*")

    updated = stacks.deploy(FUNCTIONS, Text="two")

    assert stacks.outputs(updated) == outputs | {"Version": f"{outputs['Arn']}:2"}
    changed = stacks.aws("GetFunction", "lambda", FunctionName=name)
    assert changed["Configuration"]["CodeSha256"] != configuration["CodeSha256"]
    assert changed["Configuration"]["Environment"] == {"Variables": {"TEXT": "two"}}
    assert changed["Configuration"]["Description"] == ""
    assert changed["Tags"] == {"text": "two"}
    assert "Concurrency" not in changed
    assert stacks.aws("GetAlias", "lambda", FunctionName=name, Name="live")["FunctionVersion"] == "2"

    stacks.delete()

    assert stacks.aws("ListFunctions", "lambda")["Functions"] == []
    assert stacks.aws("ListLayers", "lambda")["Layers"] == []
    assert stacks.aws("DescribeLogGroups", "logs")["logGroups"] == []


def test_inline_code_is_the_file_that_cloudformation_makes_of_it(stacks: Stacks) -> None:
    stacks.deploy(FUNCTIONS)

    [package] = [
        file.read_bytes()
        for file in (stacks.folder / "functions" / "code").glob("*.zip")
        if "index.py" in zipfile.ZipFile(io.BytesIO(file.read_bytes())).namelist()
    ]
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.read("index.py") == b"def handler(event, context): return 'one'"


def test_a_sam_function_is_deployed_behind_both_kinds_of_api(stacks: Stacks) -> None:
    text = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Hello:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: src
              Handler: app.handler
              Runtime: python3.12
              AutoPublishAlias: live
              Events:
                Rest: {Type: Api, Properties: {Path: /hello, Method: get}}
                Http: {Type: HttpApi, Properties: {Path: /hello, Method: get}}
                Queue: {Type: SQS, Properties: {Queue: "arn:aws:sqs:us-east-1:000000000000:q"}}
        Outputs: {Rest: {Value: !Ref ServerlessRestApi}, Http: {Value: !Ref ServerlessHttpApi}}
    """
    deployed = stacks.deploy(text)

    [function] = stacks.aws("ListFunctions", "lambda")["Functions"]
    outputs = stacks.outputs(deployed)
    [route] = stacks.aws("GetRoutes", "apigatewayv2", apiId=outputs["Http"])["items"]
    assert route["routeKey"] == "GET /hello"
    [stage] = [
        each for each in stacks.aws("GetStages", restapi_id=outputs["Rest"])["item"] if each["stageName"] == "Prod"
    ]
    assert stage["deploymentId"]
    alias = stacks.aws("GetAlias", "lambda", FunctionName=function["FunctionName"], Name="live")
    assert alias["FunctionVersion"] == "1"
    assert not stacks.deploy(text).has_changes


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("{ImageUri: a}", "Limen does not run container images"),
        ("{S3Bucket: bucket, S3Key: key}", "resource F (AWS::Lambda::Function): "),
        ("{S3Bucket: limen-package, S3Key: abc}", "The package abc was not uploaded"),
        ("missing", "there is no missing in "),
    ],
)
def test_code_that_cannot_be_had_is_named(stacks: Stacks, code: str, message: str) -> None:
    text = f"""
        Resources:
          F:
            Type: AWS::Lambda::Function
            Properties: {{Role: "arn:aws:iam::000000000000:role/r", Runtime: python3.12, Handler: a.b, Code: {code}}}
    """
    try:
        assert message in stacks.refusal(text)
    except UnreadableError as error:
        assert message in error.message


def test_qualifiers_stand_at_the_end_of_names() -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f"

    assert split_qualifier(f"{arn}:live") == (arn, "live")
    assert split_qualifier(arn) == (arn, None)
    assert split_qualifier("f:1") == ("f", "1")
    assert split_qualifier("f") == ("f", None)


def test_what_leaves_a_template_is_as_it_was_before(stacks: Stacks) -> None:
    bare = """
        Resources:
          F:
            Type: AWS::Lambda::Function
            Properties:
              FunctionName: hello
              Role: arn:aws:iam::000000000000:role/r
              Runtime: python3.12
              Handler: app.handler
              Code: src
    """
    settings = """
              DeadLetterConfig: {TargetArn: "arn:aws:sqs:us-east-1:000000000000:dead"}
              Description: all
              EphemeralStorage: {Size: 600}
              KmsKeyArn: arn:aws:kms:us-east-1:000000000000:key/k
              LoggingConfig: {LogFormat: JSON, LogGroup: other}
              RecursiveLoop: Allow
              RuntimeManagementConfig: {UpdateRuntimeOn: Auto}
              SnapStart: {ApplyOn: PublishedVersions}
              TracingConfig: {Mode: Active}
              VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}
    """

    def configuration() -> dict[str, Any]:
        found: dict[str, Any] = stacks.aws("GetFunctionConfiguration", "lambda", FunctionName="hello")
        return {name: value for name, value in found.items() if name not in ("LastModified", "RevisionId")}

    stacks.deploy(bare)
    before = configuration()
    stacks.deploy(bare.rstrip() + settings)
    assert configuration()["LoggingConfig"] != before["LoggingConfig"]

    stacks.deploy(bare)

    after = configuration()
    vpc = after.pop("VpcConfig")
    assert vpc == {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": False}
    assert after == before


@pytest.mark.parametrize(
    ("property_text", "reason"),
    [
        ("CodeSigningConfigArn: arn", "CodeSigningConfigArn is refused: the signature of code is not checked"),
        ("FileSystemConfigs: []", "FileSystemConfigs is refused: file systems are not mounted"),
    ],
)
def test_what_functions_cannot_have_is_refused(stacks: Stacks, property_text: str, reason: str) -> None:
    template = f"""
        Resources:
          F:
            Type: AWS::Lambda::Function
            Properties: {{Role: "arn:aws:iam::000000000000:role/r", Runtime: python3.12, Handler: app.handler,
              Code: src, {property_text}}}
    """
    assert reason in stacks.refusal(template)


def test_code_and_layers_come_from_s3(stacks: Stacks, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.zip").write_bytes(make_zip({"app.py": "def handler(event, context): return 1"}))
    stacks.settings = replace(stacks.settings, objects=Objects({"code": str(tmp_path / "code")}, NoS3()))
    text = """
        Transform: AWS::Serverless-2016-10-31
        Parameters: {Bucket: {Type: String, Default: code}}
        Resources:
          Sam:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: "s3://code/app.zip", Handler: app.handler, Runtime: python3.12, Layers: [!Ref Tools]}
          Tools: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: "s3://code/app.zip"}}
          Plain:
            Type: AWS::Lambda::Function
            Properties:
              Code: {S3Bucket: !Ref Bucket, S3Key: KEY}
              Role: arn:aws:iam::000000000000:role/r
              Handler: app.handler
              Runtime: python3.12
    """
    assert stacks.refusal(text.replace("KEY", "gone.zip")).endswith(
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."
    )

    stacks.deploy(text.replace("KEY", "app.zip"))

    functions = stacks.aws("ListFunctions", "lambda")["Functions"]
    plain, sam = sorted(functions, key=lambda each: "Layers" in each)
    [layer] = stacks.aws("ListLayers", "lambda")["Layers"]
    assert sam["CodeSize"] == plain["CodeSize"] == sam["Layers"][0]["CodeSize"] > 0
    assert sam["Layers"][0]["Arn"] == layer["LatestMatchingVersion"]["LayerVersionArn"]


class NoS3:
    def read(self, bucket: str, key: str, version: str | None, most: int) -> StoredObject:
        raise ObjectError(f"no bucket {bucket}")


def test_what_events_of_other_services_become_is_kept_as_data(stacks: Stacks) -> None:
    deployed = stacks.deploy("""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Hello:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.12
              Handler: index.handler
              InlineCode: "def handler(event, context): return 1"
              Events:
                Lines: {Type: CloudWatchLogs, Properties: {LogGroupName: lines, FilterPattern: ERROR}}
                Things: {Type: IoTRule, Properties: {Sql: "SELECT * FROM 'x'"}}
    """)
    made = " ".join(stacks.changes(deployed))
    assert "AWS::Logs::SubscriptionFilter" in made
    assert "AWS::IoT::TopicRule" in made
