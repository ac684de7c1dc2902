"""Settings of functions: how they change, and which are refused."""

import pytest

from tests.control.functions.conftest import ARN, Lambda


def update(functions: Lambda, **members):
    return functions("UpdateFunctionConfiguration", FunctionName="hello", **members)


def test_only_what_is_sent_changes(functions: Lambda) -> None:
    before = functions.create(Environment={"Variables": {"A": "b"}})
    after = update(functions, Timeout=900, EphemeralStorage={"Size": 1024}, Runtime="nodejs22.x")

    changed = {name for name in after if after[name] != before.get(name)} - {"LastModified"}
    assert changed == {"Timeout", "EphemeralStorage", "Runtime", "RevisionId", "RuntimeVersionConfig"}
    assert after["LastUpdateStatus"] == "Successful"


def test_a_revision_that_is_not_the_last_is_refused(functions: Lambda) -> None:
    revision = functions.create()["RevisionId"]
    update(functions, RevisionId=revision, Timeout=5)
    assert functions.refuses("UpdateFunctionConfiguration", FunctionName="hello", RevisionId=revision, Timeout=6) == (
        "PreconditionFailedException",
        412,
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    )


def test_empty_structures_take_settings_away(functions: Lambda) -> None:
    functions.create(
        Environment={"Variables": {"A": "b"}},
        KMSKeyArn="arn:aws:kms:us-east-1:000000000000:key/1",
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"},
    )
    after = update(functions, Environment={}, KMSKeyArn="", DeadLetterConfig={"TargetArn": ""}, Layers=[])
    assert not {"Environment", "KMSKeyArn", "DeadLetterConfig", "Layers"} & after.keys()


def test_json_logs_have_levels_and_text_logs_none(functions: Lambda) -> None:
    functions.create()
    after = update(functions, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"})
    assert after["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": "/aws/lambda/hello",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "WARN",
    }
    after = update(functions, LoggingConfig={"LogFormat": "Text", "LogGroup": "mine"})
    assert after["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "mine"}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"Environment": {"Variables": {"AWS_REGION": "x", "_HANDLER": "y"}}},
            "Reserved keys used in this request: AWS_REGION, _HANDLER",
        ),
        ({"Environment": {"Variables": {"A": "b" * 4096}}}, "exceeded the 4KB limit."),
        (
            {"LoggingConfig": {"ApplicationLogLevel": "DEBUG"}},
            "Log Level is not supported when LogFormat is set to Text",
        ),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"]}}, "SubnetIds and SecurityIds must coexist or be both empty list."),
        (
            {"ImageConfig": {"Command": ["x"]}, "DurableConfig": {"ExecutionTimeout": 1}},
            "Limen does not run functions with DurableConfig, ImageConfig",
        ),
        ({"Runtime": "python2.8"}, "Value python2.8 at 'runtime' failed to satisfy constraint"),
        (
            {"Runtime": "nodejs14.x"},
            "The runtime parameter of nodejs14.x is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions.",
        ),
    ],
)
def test_settings_that_cannot_be_had_are_refused(functions: Lambda, members: dict, message: str) -> None:
    functions.create()
    code, status, told = functions.refuses("UpdateFunctionConfiguration", FunctionName="hello", **members)
    assert (code, status) == ("InvalidParameterValueException", 400)
    assert message in told


def test_what_is_only_stored_is_answered(functions: Lambda) -> None:
    vpc = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    made = functions.create(VpcConfig=vpc, SnapStart={"ApplyOn": "PublishedVersions"}, TracingConfig={"Mode": "Active"})
    assert made["VpcConfig"] == {**vpc, "VpcId": "", "Ipv6AllowedForDualStack": False}
    assert made["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert made["TracingConfig"] == {"Mode": "Active"}


def test_a_published_version_is_not_changed(functions: Lambda) -> None:
    functions.create(Publish=True)
    code, _, _ = functions.refuses("UpdateFunctionConfiguration", FunctionName=f"{ARN}:hello:1", Timeout=5)
    assert code == "InvalidParameterValueException"
