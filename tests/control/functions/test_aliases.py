"""Aliases."""

from tests.control.functions.conftest import ARN, Lambda


def test_an_alias_leads_to_its_version(functions: Lambda) -> None:
    functions.create(Publish=True)
    alias = functions("CreateAlias", FunctionName="hello", Name="live", FunctionVersion="1", Description="now")
    assert alias.pop("RevisionId")
    assert alias == {"AliasArn": f"{ARN}:hello:live", "Name": "live", "FunctionVersion": "1", "Description": "now"}
    found = functions("GetFunction", FunctionName="hello:live")["Configuration"]
    assert (found["Version"], found["FunctionArn"]) == ("1", f"{ARN}:hello:live")


def test_an_alias_is_moved_by_weights_and_back(functions: Lambda) -> None:
    functions.create(Publish=True)
    functions.new_version()
    made = functions("CreateAlias", FunctionName="hello", Name="live", FunctionVersion="1")
    routing = {"AdditionalVersionWeights": {"2": 0.25}}
    moved = functions("UpdateAlias", FunctionName="hello", Name="live", RoutingConfig=routing)
    assert (moved["FunctionVersion"], moved["RoutingConfig"]) == ("1", routing)
    stale = functions.refuses("UpdateAlias", FunctionName="hello", Name="live", RevisionId=made["RevisionId"])
    assert stale[:2] == ("PreconditionFailedException", 412)
    done = functions("UpdateAlias", FunctionName="hello", Name="live", FunctionVersion="2", RoutingConfig={})
    assert "RoutingConfig" not in done
    assert functions("GetAlias", FunctionName="hello", Name="live") == done


def test_weights_that_aws_refuses_are_refused(functions: Lambda) -> None:
    functions.create(Publish=True)
    functions.new_version()

    def refusal(version: str, weights: dict[str, float]) -> tuple[str, str]:
        routing = {"AdditionalVersionWeights": weights}
        code, _, message = functions.refuses(
            "CreateAlias", FunctionName="hello", Name="live", FunctionVersion=version, RoutingConfig=routing
        )
        return code, message

    invalid = "InvalidParameterValueException"
    assert refusal("1", {"1": 0.5}) == (
        invalid,
        "Invalid function version 1. Function version 1 is already included in routing configuration.",
    )
    latest = "$LATEST is not supported for an alias pointing to more than 1 version"
    assert refusal("$LATEST", {"1": 0.5}) == (invalid, latest)
    too_many = "Number of items in AdditionalVersionWeights cannot be greater than 1"
    assert refusal("1", {"2": 0.1, "3": 0.1}) == (invalid, too_many)
    assert refusal("1", {"9": 0.1}) == ("ResourceNotFoundException", f"Function not found: {ARN}:hello:9")


def test_names_are_taken_once_and_missed_by_arn(functions: Lambda) -> None:
    functions.create(Publish=True)
    functions("CreateAlias", FunctionName="hello", Name="live", FunctionVersion="1")
    taken = functions.refuses("CreateAlias", FunctionName="hello", Name="live", FunctionVersion="1")
    assert taken == ("ResourceConflictException", 409, f"Alias already exists: {ARN}:hello:live")
    missing = ("ResourceNotFoundException", 404, f"Cannot find alias arn: {ARN}:hello:none")
    assert functions.refuses("GetAlias", FunctionName="hello", Name="none") == missing
    assert functions.refuses("CreateAlias", FunctionName="hello", Name="x", FunctionVersion="7")[1] == 404


def test_aliases_are_listed_by_version(functions: Lambda) -> None:
    functions.create(Publish=True)
    functions("CreateAlias", FunctionName="hello", Name="live", FunctionVersion="1")
    functions("CreateAlias", FunctionName="hello", Name="next", FunctionVersion="$LATEST")
    names = [each["Name"] for each in functions("ListAliases", FunctionName="hello")["Aliases"]]
    assert names == ["live", "next"]
    found = functions("ListAliases", FunctionName="hello", FunctionVersion="1")["Aliases"]
    assert [each["Name"] for each in found] == ["live"]
    functions("DeleteAlias", FunctionName="hello", Name="live")
    functions("DeleteAlias", FunctionName="hello", Name="live")
    assert len(functions("ListAliases", FunctionName="hello")["Aliases"]) == 1
