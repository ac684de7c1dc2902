"""Layers, their versions, and functions that use them."""

import json

from tests.control.functions.conftest import CODE, OTHER_CODE, ROLE, Lambda

LAYER = "arn:aws:lambda:us-east-1:000000000000:layer:tools"


def publish(functions: Lambda, name: str = "tools", code: bytes = CODE, **members):
    return functions("PublishLayerVersion", LayerName=name, Content={"ZipFile": code}, **members)


def test_a_layer_is_published_and_found_by_number_and_arn(functions: Lambda) -> None:
    made = publish(functions, Description="tools", CompatibleRuntimes=["python3.12"], LicenseInfo="MIT")
    assert (made["LayerArn"], made["LayerVersionArn"], made["Version"]) == (LAYER, f"{LAYER}:1", 1)
    assert made["Content"]["CodeSize"] == len(CODE)
    assert made["Content"]["Location"].startswith("https://localhost:8444/_limen/functions/code/")
    found = functions("GetLayerVersion", LayerName="tools", VersionNumber=1)
    by_arn = functions("GetLayerVersionByArn", Arn=f"{LAYER}:1")
    for answer in (found, by_arn):
        assert answer["LayerVersionArn"] == f"{LAYER}:1"
        assert answer["CompatibleRuntimes"] == ["python3.12"]
    assert publish(functions, LAYER)["Version"] == 2


def test_layers_are_listed_with_their_newest_version_that_fits(functions: Lambda) -> None:
    publish(functions, CompatibleRuntimes=["python3.12"])
    publish(functions, CompatibleRuntimes=["nodejs22.x"], CompatibleArchitectures=["arm64"])
    publish(functions, "other")

    def newest(**members):
        layers = functions("ListLayers", **members)["Layers"]
        return {each["LayerName"]: each["LatestMatchingVersion"]["Version"] for each in layers}

    assert newest() == {"tools": 2, "other": 1}
    assert newest(CompatibleRuntime="python3.12") == {"tools": 1}
    assert newest(CompatibleArchitecture="arm64") == {"tools": 2}
    versions = functions("ListLayerVersions", LayerName="tools")["LayerVersions"]
    assert [each["Version"] for each in versions] == [2, 1]


def test_a_deleted_version_is_gone_and_its_number_too(functions: Lambda) -> None:
    publish(functions)
    functions("DeleteLayerVersion", LayerName="tools", VersionNumber=1)
    functions("DeleteLayerVersion", LayerName="tools", VersionNumber=1)
    missing = ("ResourceNotFoundException", 404, "The resource you requested does not exist.")
    assert functions.refuses("GetLayerVersion", LayerName="tools", VersionNumber=1) == missing
    assert functions("ListLayers") == {"Layers": []}
    assert publish(functions)["Version"] == 2


def test_a_function_keeps_the_layers_that_it_has(functions: Lambda) -> None:
    publish(functions)
    publish(functions, "other", OTHER_CODE)
    arns = [f"{LAYER}:1", f"{LAYER.replace('tools', 'other')}:1"]
    made = functions.create(Layers=arns)
    assert made["Layers"] == [{"Arn": arns[0], "CodeSize": len(CODE)}, {"Arn": arns[1], "CodeSize": len(OTHER_CODE)}]
    functions("DeleteLayerVersion", LayerName="tools", VersionNumber=1)
    assert functions("UpdateFunctionConfiguration", FunctionName="hello", Timeout=5)["Layers"] == made["Layers"]


def test_layers_that_aws_refuses_are_refused(functions: Lambda) -> None:
    publish(functions)
    publish(functions)
    functions.create()

    def refusal(*layers: str) -> str:
        return str(functions.refuses("UpdateFunctionConfiguration", FunctionName="hello", Layers=list(layers))[2])

    assert refusal(f"{LAYER}:9") == f"Layer version {LAYER}:9 does not exist."
    assert refusal(*[f"{LAYER}:1"] * 6) == "You cannot reference more than 5 layers."
    assert refusal(f"{LAYER}:1", f"{LAYER}:2").startswith("Two different versions of the same layer are not allowed")


def test_a_version_of_a_layer_has_a_policy(functions: Lambda) -> None:
    publish(functions)
    version = {"LayerName": "tools", "VersionNumber": 1}
    action = "lambda:GetLayerVersion"
    added = functions(
        "AddLayerVersionPermission",
        **version,
        StatementId="all",
        Action=action,
        Principal="*",
        OrganizationId="o-1234567890",
    )
    statement = {
        "Sid": "all",
        "Effect": "Allow",
        "Principal": "*",
        "Action": action,
        "Resource": f"{LAYER}:1",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}},
    }
    assert json.loads(added["Statement"]) == statement
    policy = functions("GetLayerVersionPolicy", **version)
    assert policy["RevisionId"] == added["RevisionId"]
    assert json.loads(policy["Policy"])["Statement"] == [statement]
    nowhere = functions.refuses(
        "AddLayerVersionPermission",
        LayerName="tools",
        VersionNumber=9,
        StatementId="all",
        Action=action,
        Principal="*",
    )
    assert nowhere == ("ResourceNotFoundException", 404, f"Layer version {LAYER}:9 does not exist.")
    functions("RemoveLayerVersionPermission", **version, StatementId="all")
    assert functions.refuses("GetLayerVersionPolicy", **version)[1] == 404


def test_a_layer_without_a_policy_says_so(functions: Lambda) -> None:
    publish(functions, "shared")
    assert functions.refuses("GetLayerVersionPolicy", LayerName="shared", VersionNumber=1) == (
        "ResourceNotFoundException",
        404,
        "No policy is associated with the given resource.",
    )


def test_a_layer_of_another_account_is_refused_by_name(functions: Lambda) -> None:
    arn = "arn:aws:lambda:us-east-1:017000801446:layer:Powertools:7"
    code, status, message = functions.refuses(
        "CreateFunction",
        FunctionName="hello",
        Runtime="python3.12",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": CODE},
        Layers=[arn],
    )
    assert (code, status) == ("InvalidParameterValueException", 400)
    assert message.startswith(f"Layer {arn} is not one of account 000000000000 in us-east-1")
