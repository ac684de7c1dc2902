"""Reserved concurrency and what the account has."""

from tests.control.functions.conftest import CODE, Lambda


def test_concurrency_is_reserved_told_and_given_back(functions: Lambda) -> None:
    functions.create()
    assert functions("GetFunctionConcurrency", FunctionName="hello") == {}
    answer = functions("PutFunctionConcurrency", FunctionName="hello", ReservedConcurrentExecutions=0)
    assert answer == {"ReservedConcurrentExecutions": 0}
    assert functions("GetFunctionConcurrency", FunctionName="hello") == answer
    assert functions("GetFunction", FunctionName="hello")["Concurrency"] == answer
    functions("DeleteFunctionConcurrency", FunctionName="hello")
    assert "Concurrency" not in functions("GetFunction", FunctionName="hello")


def test_aws_keeps_100_for_all_where_its_quotas_hold(functions: Lambda) -> None:
    functions.create()
    functions("PutFunctionConcurrency", FunctionName="hello", ReservedConcurrentExecutions=5000)
    functions.set(quotas_enforced=True)
    refused = functions.refuses("PutFunctionConcurrency", FunctionName="hello", ReservedConcurrentExecutions=901)
    assert refused[2].endswith("below its minimum value of [100].")
    functions("PutFunctionConcurrency", FunctionName="hello", ReservedConcurrentExecutions=900)


def test_a_version_reserves_nothing(functions: Lambda) -> None:
    functions.create(Publish=True)
    refused = functions.refuses("PutFunctionConcurrency", FunctionName="hello:1", ReservedConcurrentExecutions=1)
    assert refused[0] == "InvalidParameterValueException"
    assert refused[2].startswith("This operation is permitted on Lambda functions only. Aliases and versions do not")


def test_the_account_is_told_its_limits_and_use(functions: Lambda) -> None:
    functions.create(Publish=True)
    functions("PutFunctionConcurrency", FunctionName="hello", ReservedConcurrentExecutions=10)
    settings = functions("GetAccountSettings")
    assert settings["AccountLimit"]["UnreservedConcurrentExecutions"] == 990
    assert settings["AccountUsage"] == {"TotalCodeSize": 2 * len(CODE), "FunctionCount": 1}
