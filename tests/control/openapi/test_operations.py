"""ImportApi and ReimportApi on a real store; documents and what becomes of them are files in tests/cases/openapi."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from limen.aws.errors import AwsError
from limen.control.openapi.operations import import_api, reimport_api
from limen.control.v2.stages import create_stage
from tests.control.openapi.described import describe
from tests.support.apis import openapi
from tests.support.control import Control

CASES = Path(__file__).parents[2] / "cases" / "openapi"
DOCUMENTS = sorted(path for path in CASES.glob("*.yaml") if path.stem != "refused_documents")
REFUSED = yaml.safe_load((CASES / "refused_documents.yaml").read_text())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_a_document_becomes_an_api(control: Control, path: Path) -> None:
    case = yaml.safe_load(path.read_text())

    api = control(import_api, body=case["document"], **case.get("members", {}))

    expected = {"importInfo": [], "warnings": [], **case["expected"]}
    described = describe(control, api)
    assert api.get("importInfo", []) == expected.pop("importInfo")
    assert api.get("warnings", []) == expected.pop("warnings")
    assert {name: described[name] for name in expected} == expected


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_the_same_document_again_changes_nothing(control: Control, path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    api = control(import_api, body=case["document"], **case.get("members", {}))
    before = _revision(control)

    control(reimport_api, apiId=api["apiId"], body=case["document"], **case.get("members", {}))

    assert _revision(control) == before


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.get("error", case.get("error_contains"))[:60])
def test_a_refused_document_makes_nothing(control: Control, case: dict[str, Any]) -> None:
    with pytest.raises(AwsError) as refused:
        control(import_api, body=case["document"], **case.get("members", {}))

    assert refused.value.code == "BadRequestException"
    if "error" in case:
        assert refused.value.message == case["error"]
    else:
        assert case["error_contains"] in refused.value.message
    assert control.api_ids() == []


def test_a_refused_document_leaves_the_api_as_it_is(control: Control) -> None:
    api = control(import_api, body=json.dumps(openapi({"/a": "https://a.example"})))
    before = describe(control, api)

    with pytest.raises(AwsError, match="Warnings found during import"):
        changed = openapi({"/b": "https://b.example", "/c": "no url"}, tags=[{"name": "new"}])
        control(reimport_api, apiId=api["apiId"], body=json.dumps(changed), failOnWarnings=True)

    assert describe(control, api) == before


def test_reimport_of_an_unknown_api_is_not_found(control: Control) -> None:
    with pytest.raises(AwsError) as refused:
        control(reimport_api, apiId="abcdefghij", body=json.dumps(openapi({})))

    assert refused.value.code == "NotFoundException"


def test_reimport_keeps_the_ids_of_what_stays(control: Control) -> None:
    api = control(import_api, body=json.dumps(openapi({"/same": "https://s.example", "/moved": "https://a.example"})))
    before = _routes(control, api)

    control(
        reimport_api,
        apiId=api["apiId"],
        body=json.dumps(openapi({"/same": "https://s.example", "/moved": "https://b.example"})),
    )

    after = _routes(control, api)
    assert after == before  # the same route ids, the same integration ids
    uris = [item["integrationUri"] for item in control.documents("Integration", api["apiId"])]
    assert uris == ["https://s.example", "https://b.example"]


def test_reimport_writes_only_what_changed(control: Control) -> None:
    paths = {f"/p{number}": f"https://{number}.example" for number in range(20)}
    api = control(import_api, body=json.dumps(openapi(paths)))
    before = _revision(control)

    control(reimport_api, apiId=api["apiId"], body=json.dumps(openapi({**paths, "/p7": "https://new.example"})))

    with control.store.reader() as reader:
        changes = reader.changes(api["apiId"], before, reader.revision)
    assert [(noun, document["integrationUri"]) for noun, _, document in changes] == [
        ("Integration", "https://new.example")
    ]


def test_reimport_removes_what_the_document_does_not_name(control: Control) -> None:
    first = openapi(
        {"/a": "https://a.example", "/b": "https://b.example"},
        tags=[{"name": "kept", "x-amazon-apigateway-tag-value": "yes"}],
        components={"securitySchemes": {"tokens": JWT}},
        **{"x-amazon-apigateway-cors": {"allowOrigins": ["*"]}},
    )
    api = control(import_api, body=json.dumps(first))

    second = control(reimport_api, apiId=api["apiId"], body=json.dumps(openapi({"/b": "https://b.example"})))

    described = describe(control, second)
    assert list(described["routes"]) == ["GET /b"]
    assert described["integration_count"] == 1
    assert described["authorizers"] == {}
    assert described["api"]["tags"] == {"kept": "yes"}  # a document without tags says nothing about them
    assert "corsConfiguration" not in described["api"]
    [kept] = control.documents("RouteKey", f"{api['apiId']}/route-keys")
    assert kept == {"routeId": _routes(control, api)["GET /b"][0]}


def test_routes_that_part_from_a_shared_integration_get_their_own(control: Control) -> None:
    shared = yaml.safe_load((CASES / "shared_integration.yaml").read_text())["document"]
    api = control(import_api, body=shared)
    before = _routes(control, api)

    own = "{type: http_proxy, httpMethod: ANY, uri: 'https://own.example'}"
    reference = "{$ref: '#/components/x-amazon-apigateway-integrations/one'}"
    pets = "/pets: {get: {x-amazon-apigateway-integration: "
    parted = shared.replace(pets + reference, pets + own)
    assert parted != shared
    control(reimport_api, apiId=api["apiId"], body=parted)

    after = _routes(control, api)
    assert after["GET /"] == before["GET /"]
    assert after["GET /pets"][1] != before["GET /pets"][1]


def test_an_import_deploys_once(control: Control) -> None:
    api = control(import_api, body=json.dumps(openapi({"/a": "https://a.example"})))
    control(create_stage, apiId=api["apiId"], stageName="$default", autoDeploy=True)
    deployed = len(control.documents("Deployment", api["apiId"]))

    paths = {f"/p{number}": f"https://{number}.example" for number in range(5)}
    control(reimport_api, apiId=api["apiId"], body=json.dumps(openapi(paths)))

    deployments = control.documents("Deployment", api["apiId"])
    assert len(deployments) == deployed + 1
    [stage] = control.documents("Stage", api["apiId"])
    assert stage["deploymentId"] == deployments[-1]["deploymentId"]


def test_a_name_for_an_operation_that_aws_could_not_keep_is_left_out(control: Control) -> None:
    document = openapi({"/a": "https://a.example"})
    document["paths"]["/a"]["get"]["operationId"] = "x" * 65

    api = control(import_api, body=json.dumps(document))

    assert "operationName" not in describe(control, api)["routes"]["GET /a"]
    assert "more than 64 characters" in api["warnings"][0]


def test_a_missing_schema_is_a_warning(control: Control) -> None:
    document = openapi({"/a": "https://a.example"})
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Nowhere"}}}
    document["paths"]["/a"]["get"]["responses"] = {"200": {"description": "ok", "content": content}}

    api = control(import_api, body=json.dumps(document))

    [warning] = api["warnings"]
    assert "is missing: #/components/schemas/Nowhere" in warning


JWT = {
    "type": "oauth2",
    "x-amazon-apigateway-authorizer": {
        "type": "jwt",
        "jwtConfiguration": {"issuer": "https://issuer.example", "audience": ["one"]},
    },
}


def _routes(control: Control, api: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Ids of routes and integrations by route key."""
    routes = control.documents("Route", api["apiId"])
    return {route["routeKey"]: (route["routeId"], route["target"]) for route in routes}


def _revision(control: Control) -> int:
    with control.store.reader() as reader:
        return reader.revision
