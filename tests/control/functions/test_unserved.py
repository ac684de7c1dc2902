"""What tools ask for besides: of features that Limen does not have there is none."""

from tests.control.functions.conftest import ARN, Lambda


def test_a_function_has_none_of_what_limen_does_not_do(functions: Lambda) -> None:
    functions.create()
    name = {"FunctionName": "hello"}
    signing = {"CodeSigningConfigArn": "", "FunctionName": "hello"}
    assert functions("GetFunctionCodeSigningConfig", **name) == signing
    assert functions("ListFunctionUrlConfigs", **name) == {"FunctionUrlConfigs": []}
    assert functions("ListProvisionedConcurrencyConfigs", **name) == {"ProvisionedConcurrencyConfigs": []}
    assert functions("ListEventSourceMappings", **name) == {"EventSourceMappings": []}
    assert functions("GetFunctionRecursionConfig", **name) == {"RecursiveLoop": "Allow"}
    management = {"UpdateRuntimeOn": "Auto", "FunctionArn": f"{ARN}:hello"}
    assert functions("GetRuntimeManagementConfig", **name) == management
    assert functions("ListCodeSigningConfigs") == {"CodeSigningConfigs": []}
    assert functions.refuses("GetFunctionUrlConfig", **name)[:2] == ("ResourceNotFoundException", 404)
    assert functions.refuses("GetEventSourceMapping", UUID="x")[:2] == ("ResourceNotFoundException", 404)
    assert functions.refuses("GetProvisionedConcurrencyConfig", **name, Qualifier="$LATEST") == (
        "ProvisionedConcurrencyConfigNotFoundException",
        404,
        "No Provisioned Concurrency Config found for this function",
    )


def test_other_operations_are_named_by_the_error(functions: Lambda) -> None:
    code, status, message = functions.refuses("CreateFunctionUrlConfig", FunctionName="hello", AuthType="NONE")
    assert (code, status) == ("NotImplementedException", 400)
    assert message == "Limen does not implement CreateFunctionUrlConfig yet"
