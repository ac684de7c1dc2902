"""Files that become served REST APIs: each save makes a deployment, and the stage moves to it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limen.control.deploy_files import deploy_file
from limen.control.deployed import Deployed, FileOptions, FileRefusedError
from limen.control.openapi.rest_operations import put_rest_api_document
from limen.control.v1.deployments import create_deployment
from limen.control.v1.methods import put_method
from limen.control.v1.rest_apis import delete_rest_api, update_rest_api
from limen.control.v1.stages import update_stage
from limen.plan.snapshot import NOUNS
from limen.store.store import Store
from tests.support.apis import openapi
from tests.support.control import SETTINGS, Control
from tests.support.rest_apis import HTTP_PROXY, body, operation, swagger


class Files:
    """Writes a file and deploys it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self.path = folder / "pets.json"

    def write(self, document: dict[str, Any]) -> None:
        self.path.write_text(json.dumps(document, indent=1))

    def deploy(self, **options: Any) -> Deployed:
        return deploy_file(self._store, SETTINGS, self.path, FileOptions(**options))

    def refusal(self, **options: Any) -> list[str]:
        with pytest.raises(FileRefusedError) as refused:
            self.deploy(**options)
        return refused.value.lines


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield store
    store.close()


@pytest.fixture
def control(store: Store) -> Control:
    return Control(store)


@pytest.fixture
def files(store: Store, tmp_path: Path) -> Files:
    return Files(store, tmp_path)


def deployments(control: Control, deployed: Deployed) -> list[str]:
    return [deployment["id"] for deployment in control.documents("Deployment", deployed.api_id)]


def stages(control: Control, deployed: Deployed) -> dict[str, str]:
    return {stage["stageName"]: stage["deploymentId"] for stage in control.documents("Stage", deployed.api_id)}


def test_a_swagger_file_becomes_a_deployed_rest_api(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))

    deployed = files.deploy()

    assert (deployed.name, deployed.stage) == ("pets", "prod")
    assert deployed.url == f"https://{deployed.api_id}.execute-api.us-east-1.localhost:8443/prod"
    assert stages(control, deployed) == {"prod": deployments(control, deployed)[0]}
    assert [line.split(":")[0] for line in deployed.lines] == ["enforced", "stored", "refused"]


REST_ONLY = {
    "extension": {"x-amazon-apigateway-request-validators": {}},
    "integration type": {"paths": {"/a": {"get": operation()}}},
    "mapping": {
        "paths": {
            "/a": {
                "get": {
                    "x-amazon-apigateway-integration": {
                        **HTTP_PROXY,
                        "requestParameters": {"integration.request.header.x": "'1'"},
                    }
                }
            }
        }
    },
}


@pytest.mark.parametrize("name", REST_ONLY)
def test_what_only_rest_apis_have_makes_a_rest_api(control: Control, files: Files, name: str) -> None:
    document = {**openapi({}), "paths": {"/b": {"get": {"x-amazon-apigateway-integration": HTTP_PROXY}}}}
    files.write({**document, **REST_ONLY[name]})

    assert files.deploy().stage == "prod"


def test_the_option_decides_otherwise(control: Control, files: Files) -> None:
    files.write(openapi({"/a": "https://a.example"}))

    deployed = files.deploy(api_type="rest", stage="v1")

    assert stages(control, deployed).keys() == {"v1"}
    assert len(control.documents("Method", deployed.api_id)) == 1


def test_a_second_run_keeps_the_id_and_writes_nothing(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))
    first = files.deploy()
    with control.store.reader() as reader:
        before = reader.revision

    second = files.deploy()

    assert (second.api_id, second.has_changes) == (first.api_id, False)
    with control.store.reader() as reader:
        assert reader.revision == before


def test_each_save_makes_a_deployment_and_moves_the_stage(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))
    files.deploy()
    files.write(swagger({"/pets": ["GET", "POST"]}))

    deployed = files.deploy()

    assert deployed.has_changes
    assert len(deployments(control, deployed)) == 2
    assert stages(control, deployed) == {"prod": deployments(control, deployed)[1]}


def test_another_stage_leaves_the_first_where_it_is(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))
    files.deploy()

    deployed = files.deploy(stage="dev")

    first, second = deployments(control, deployed)
    assert stages(control, deployed) == {"prod": first, "dev": second}
    assert not files.deploy().has_changes


def test_the_file_wins_over_changes_made_by_hand_and_says_so(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))
    deployed = files.deploy()
    [root] = [item["id"] for item in control.documents("Resource", deployed.api_id) if item["path"] == "/"]
    members = {"restapi_id": deployed.api_id, "resource_id": root, "http_method": "PUT"}
    control(put_method, **members, authorizationType="NONE")
    control(
        update_rest_api,
        restapi_id=deployed.api_id,
        patchOperations=[{"op": "replace", "path": "/name", "value": "mine"}],
    )

    lines = files.deploy().lines

    assert lines[3:] == [
        "pets.json replaces changes made by hand since it was deployed last: method PUT /, name of the API"
    ]
    assert [method["httpMethod"] for method in control.documents("Method", deployed.api_id)] == ["GET"]
    assert files.deploy().lines[3:] == []


def test_every_noun_that_is_put_back_is_named(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))
    deployed = files.deploy()
    extensions = {
        "x-amazon-apigateway-request-validators": {"all": {}},
        "x-amazon-apigateway-gateway-responses": {"THROTTLED": {"statusCode": 429}},
        "definitions": {"Pet": {"type": "object"}},
        "securityDefinitions": {
            "users": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "x-amazon-apigateway-authorizer": {
                    "type": "cognito_user_pools",
                    "providerARNs": ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"],
                },
            }
        },
    }
    document = swagger({"/a": ["GET"]}, **extensions)
    document["info"] = {"title": "pets", "version": "1.0"}
    control(put_rest_api_document, restapi_id=deployed.api_id, body=body(document))

    [line] = files.deploy().lines[3:]

    assert line.count(",") + 2 == len(NOUNS["REST"])
    assert line.endswith(" and 1 more")


def test_a_stage_moved_by_hand_is_moved_back(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))
    deployed = files.deploy()
    files.write(swagger({"/pets": ["PUT"]}))
    files.deploy()
    old, new = deployments(control, deployed)
    move = [{"op": "replace", "path": "/deploymentId", "value": old}]
    control(update_stage, restapi_id=deployed.api_id, stage_name="prod", patchOperations=move)

    lines = files.deploy().lines

    assert lines[-1].endswith("deployment of stage prod")
    assert stages(control, deployed)["prod"] not in (old, new)


def test_a_canary_does_not_keep_the_stage_from_the_file(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))
    deployed = files.deploy()
    control(create_deployment, restapi_id=deployed.api_id, stageName="prod", canarySettings={"percentTraffic": 10.0})
    files.write(swagger({"/pets": ["PUT"]}))

    lines = files.deploy().lines

    [stage] = control.documents("Stage", deployed.api_id)
    assert "canary of stage prod" in lines[-1]
    assert "canarySettings" not in stage
    assert stage["deploymentId"] == deployments(control, deployed)[-1]


def test_settings_of_the_stage_stay(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))
    deployed = files.deploy()
    change = [{"op": "replace", "path": "/variables/color", "value": "blue"}]
    control(update_stage, restapi_id=deployed.api_id, stage_name="prod", patchOperations=change)
    files.write(swagger({"/pets": ["PUT"]}))

    files.deploy()

    [stage] = control.documents("Stage", deployed.api_id)
    assert stage["variables"] == {"color": "blue"}


def test_a_deleted_api_comes_back_under_its_id(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))
    first = files.deploy()
    control(delete_rest_api, restapi_id=first.api_id)

    second = files.deploy()

    assert second.api_id == first.api_id
    assert second.has_changes
    assert stages(control, second).keys() == {"prod"}


@pytest.mark.parametrize("is_rest_first", [True, False])
def test_a_file_that_changes_its_type_leaves_one_api(control: Control, files: Files, is_rest_first: bool) -> None:
    documents = [swagger({"/pets": ["GET"]}), openapi({"/a": "https://a.example"})]
    first, second = documents if is_rest_first else documents[::-1]
    files.write(first)
    before = files.deploy()
    files.write(second)

    after = files.deploy()

    nouns = {noun: len(control.documents(noun, "123456789012/us-east-1")) for noun in ("RestApi", "Api")}
    assert nouns == ({"RestApi": 0, "Api": 1} if is_rest_first else {"RestApi": 1, "Api": 0})
    assert f"API {before.api_id} is gone" in after.lines[3]
    assert files.deploy().api_id == after.api_id


def test_what_aws_would_refuse_is_told_with_its_line(control: Control, files: Files) -> None:
    document = swagger({"/pets": ["GET"]})
    document["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"] = {**HTTP_PROXY, "uri": "nowhere"}
    files.write(document)

    assert files.refusal() == [
        f"{files.path}:9:4: Unable to put integration on 'GET' for resource at path '/pets': "
        "Invalid HTTP endpoint specified for URI"
    ]
    with control.store.reader() as reader:
        assert list(reader.all("RestApi")) == []


def test_what_does_not_compile_is_told_with_its_line(files: Files) -> None:
    document = swagger({"/pets": ["GET", "PUT"]})
    broken = {"application/json": "#if($a) never ends"}
    document["paths"]["/pets"]["put"]["x-amazon-apigateway-integration"]["requestTemplates"] = broken
    files.write(document)

    [line] = files.refusal()

    assert line.startswith(f"{files.path}:27:4: method PUT /pets: the template for application/json: ")


def test_a_bad_save_keeps_what_was_served(control: Control, files: Files) -> None:
    files.write(swagger({"/pets": ["GET"]}))
    deployed = files.deploy()
    files.write(swagger({"/pets": ["GET"], "/{a+}/b": ["GET"]}))

    assert "greedy path variable" in files.refusal()[0]
    assert len(control.documents("Method", deployed.api_id)) == 1


def test_a_method_without_integration_is_refused_by_name(files: Files) -> None:
    document = swagger({"/pets": ["GET"]})
    del document["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"]
    files.write(document)

    assert "GET /pets has no x-amazon-apigateway-integration" in files.refusal()[0]


def secured(scheme: dict[str, str]) -> dict[str, Any]:
    return swagger({"/pets": ["GET"]}, security=[{"scheme": []}], securityDefinitions={"scheme": scheme})


def test_security_that_is_only_stored_is_refused_unless_allowed(files: Files) -> None:
    files.write(secured({"type": "basic"}))

    lines = files.refusal()

    assert "is stored:" in lines[0]
    assert lines[-1].endswith("--allow-stored serves it nevertheless")


def test_keys_are_asked_for_where_a_file_says_so(files: Files, control: Control) -> None:
    files.write(secured({"type": "apiKey", "name": "x-api-key", "in": "header"}))

    deployed = files.deploy()

    assert [method["apiKeyRequired"] for method in control.documents("Method", deployed.api_id)] == [True]
