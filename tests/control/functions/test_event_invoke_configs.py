"""How asynchronous invocations are configured."""

from tests.control.functions.conftest import ARN, Lambda


def test_put_replaces_and_update_merges(functions: Lambda) -> None:
    functions.create()
    destination = {"OnFailure": {"Destination": f"{ARN}:dead"}}
    made = functions("PutFunctionEventInvokeConfig", FunctionName="hello", MaximumRetryAttempts=0)
    assert made.pop("LastModified") > 0
    assert made == {
        "FunctionArn": f"{ARN}:hello:$LATEST",
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
    }
    merged = functions("UpdateFunctionEventInvokeConfig", FunctionName="hello", DestinationConfig=destination)
    assert (merged["MaximumRetryAttempts"], merged["DestinationConfig"]) == (0, {"OnSuccess": {}, **destination})
    assert functions("GetFunctionEventInvokeConfig", FunctionName="hello") == merged
    replaced = functions("PutFunctionEventInvokeConfig", FunctionName="hello", MaximumEventAgeInSeconds=60)
    assert "MaximumRetryAttempts" not in replaced


def test_each_qualifier_has_its_own(functions: Lambda) -> None:
    functions.create(Publish=True)
    functions("PutFunctionEventInvokeConfig", FunctionName="hello", MaximumRetryAttempts=0)
    functions("PutFunctionEventInvokeConfig", FunctionName="hello", Qualifier="1", MaximumRetryAttempts=1)
    listed = functions("ListFunctionEventInvokeConfigs", FunctionName="hello")["FunctionEventInvokeConfigs"]
    assert [each["FunctionArn"] for each in listed] == [f"{ARN}:hello:$LATEST", f"{ARN}:hello:1"]
    functions("DeleteFunctionEventInvokeConfig", FunctionName="hello:1")
    assert functions.refuses("GetFunctionEventInvokeConfig", FunctionName="hello:1") == (
        "ResourceNotFoundException",
        404,
        f"The function {ARN}:hello:1 doesn't have an EventInvokeConfig",
    )
    assert functions.refuses("PutFunctionEventInvokeConfig", FunctionName="hello:2")[1] == 404


def test_a_configuration_sets_something_and_leads_elsewhere(functions: Lambda) -> None:
    functions.create(Publish=True)
    nothing = "You must specify at least one of error handling or destination setting."
    itself = "You can't specify the function as a destination for itself."
    for operation in ("PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig"):
        refused = functions.refuses(operation, FunctionName="hello")
        assert refused == ("InvalidParameterValueException", 400, nothing)
        for qualifier, destination in (("$LATEST", f"{ARN}:hello"), ("1", f"{ARN}:hello:1")):
            to_itself = {"OnSuccess": {"Destination": destination}}
            refused = functions.refuses(
                operation, FunctionName="hello", Qualifier=qualifier, DestinationConfig=to_itself
            )
            assert refused == ("InvalidParameterValueException", 400, itself)
