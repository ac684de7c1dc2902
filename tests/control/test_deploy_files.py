"""Files that become served APIs: one id for a file, whatever it says, and all or nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limen.control.deploy_files import deploy_file
from limen.control.deployed import Deployed, FileOptions, FileRefusedError
from limen.control.openapi.operations import reimport_api
from limen.control.v2.apis import delete_api, update_api
from limen.control.v2.routes import create_route
from limen.control.v2.stages import create_stage, update_stage
from limen.store.store import Store
from tests.support.apis import openapi, write_openapi
from tests.support.control import SETTINGS, Control


class Files:
    """Writes a file and deploys it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self.path = folder / "orders.json"

    def write(self, paths: dict[str, str], **extensions: Any) -> None:
        write_openapi(self.path, paths, **extensions)

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


def test_a_file_becomes_a_served_api(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})

    deployed = files.deploy()

    assert (deployed.name, deployed.stage) == ("orders", "$default")
    assert deployed.url == f"https://{deployed.api_id}.execute-api.us-east-1.localhost:8443"
    [stage] = control.documents("Stage", deployed.api_id)
    [deployment] = control.documents("Deployment", deployed.api_id)
    assert stage["autoDeploy"] is True
    assert stage["deploymentId"] == deployment["deploymentId"]
    assert deployed.lines[0].startswith("enforced: ")
    assert len(deployed.lines) == 3


def test_a_second_run_keeps_the_id_and_writes_nothing(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})
    first = files.deploy()
    with control.store.reader() as reader:
        before = reader.revision

    second = files.deploy()

    assert second.api_id == first.api_id
    assert not second.has_changes
    with control.store.reader() as reader:
        assert reader.revision == before


def test_a_file_reached_by_a_link_is_the_same_file(files: Files, tmp_path: Path, store: Store) -> None:
    files.write({"/a": "https://a.example"})
    link = tmp_path / "link.json"
    link.symlink_to(files.path)

    assert deploy_file(store, SETTINGS, link, FileOptions()).api_id == files.deploy().api_id


def test_a_changed_file_is_deployed_once(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})
    first = files.deploy()
    files.write({"/a": "https://b.example", "/c": "https://c.example"})

    second = files.deploy()

    assert second.has_changes
    assert len(control.documents("Deployment", first.api_id)) == 2
    assert len(control.documents("Route", first.api_id)) == 2


def test_a_named_stage_is_in_the_url(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})

    deployed = files.deploy(stage="v1")

    assert deployed.url.endswith(".localhost:8443/v1")
    assert [stage["stageName"] for stage in control.documents("Stage", deployed.api_id)] == ["v1"]


def test_a_changed_file_reaches_every_stage_that_it_was_deployed_to(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})
    files.deploy()
    files.write({"/b": "https://b.example"})

    deployed = files.deploy(stage="prod")

    stages = {stage["stageName"]: stage["deploymentId"] for stage in control.documents("Stage", deployed.api_id)}
    newest = control.documents("Deployment", deployed.api_id)[-1]["deploymentId"]
    assert stages == {"$default": newest, "prod": newest}


def test_the_file_wins_over_changes_made_by_hand_and_says_so(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})
    deployed = files.deploy()
    control(create_route, apiId=deployed.api_id, routeKey="GET /by-hand")
    control(update_api, apiId=deployed.api_id, description="by hand")

    lines = files.deploy().lines

    assert lines[3:] == [
        "orders.json replaces changes made by hand since it was deployed last: "
        "route GET /by-hand, description of the API"
    ]
    assert [route["routeKey"] for route in control.documents("Route", deployed.api_id)] == ["GET /a"]
    assert files.deploy().lines[3:] == []


def test_settings_that_no_file_has_are_kept(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})
    deployed = files.deploy()
    control(update_stage, apiId=deployed.api_id, stageName="$default", stageVariables={"host": "a"})
    control(create_stage, apiId=deployed.api_id, stageName="more")
    files.write({"/b": "https://b.example"})

    lines = files.deploy().lines

    stages = {stage["stageName"]: stage for stage in control.documents("Stage", deployed.api_id)}
    assert stages["$default"]["stageVariables"] == {"host": "a"}
    assert "more" in stages
    assert lines[3:] == []


def test_a_stage_that_no_longer_deploys_by_itself_does_again(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})
    deployed = files.deploy()
    control(update_stage, apiId=deployed.api_id, stageName="$default", autoDeploy=False)
    files.write({"/b": "https://b.example"})

    lines = files.deploy().lines

    [stage] = control.documents("Stage", deployed.api_id)
    assert stage["autoDeploy"] is True
    assert stage["deploymentId"] == control.documents("Deployment", deployed.api_id)[-1]["deploymentId"]
    assert "autoDeploy of stage $default" in lines[3]


def test_an_api_deleted_by_hand_comes_back_under_its_id(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})
    deployed = files.deploy()
    control(delete_api, apiId=deployed.api_id)

    again = files.deploy()

    assert again.api_id == deployed.api_id
    assert [route["routeKey"] for route in control.documents("Route", again.api_id)] == ["GET /a"]


def test_another_region_has_another_api(files: Files) -> None:
    files.write({"/a": "https://a.example"})

    assert files.deploy().api_id != files.deploy(region="eu-west-1").api_id


def test_a_broken_file_says_where_and_leaves_the_api(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})
    deployed = files.deploy()
    files.path.write_text('{"openapi": "3.0.1",\n "info" 1}')

    lines = files.refusal()

    assert lines == [f"{files.path}:2:9: Expecting ':' delimiter"]
    assert len(control.documents("Route", deployed.api_id)) == 1


def test_what_an_operation_would_refuse_is_refused_with_its_place(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example", "/b": "no url"})

    [line] = files.refusal()

    assert line.startswith(f"{files.path}:")
    assert "Unable to create Integration" in line
    assert "Invalid HTTP endpoint" in line
    assert control.api_ids() == []


def test_a_file_without_a_route_that_leads_anywhere_is_refused(control: Control, files: Files) -> None:
    files.path.write_text(json.dumps(openapi({}) | {"paths": {"/a": {"get": {}}}}))

    [line] = files.refusal()

    assert "no valid routes exist" in line
    assert control.api_ids() == []


def test_security_that_is_not_enforced_is_refused_unless_allowed(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"}, **WITH_KEY)

    lines = files.refusal()

    assert "security is stored: key asks for an API key, which only REST APIs check" in lines[0]
    assert lines[-1].endswith("--allow-stored serves it nevertheless")
    deployed = files.deploy(allow_stored=True)
    [route] = control.documents("Route", deployed.api_id)
    assert route["authorizationType"] == "NONE"


def test_a_route_that_asks_for_tokens_is_served(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"}, **WITH_TOKENS)

    [route] = control.documents("Route", files.deploy().api_id)

    assert (route["authorizationType"], route["authorizationScopes"]) == ("JWT", ["read"])


def test_warnings_are_shown(files: Files) -> None:
    document = openapi({"/a": "https://a.example"}) | {"surprise": 1}
    files.path.write_text(json.dumps(document))

    assert files.deploy().lines[3].startswith("warning: attribute surprise: ")


def test_a_missing_file_is_refused(files: Files) -> None:
    assert files.refusal() == [f"{files.path}: cannot be read: No such file or directory"]


def test_variables_of_aws_are_those_of_limen(control: Control, files: Files) -> None:
    files.write({"/a": "https://${AWS::AccountId}.${AWS::Region}.${AWS::URLSuffix}"})

    deployed = files.deploy()

    [integration] = control.documents("Integration", deployed.api_id)
    assert integration["integrationUri"] == "https://123456789012.us-east-1.localhost:8443"


def test_a_reimport_by_the_api_counts_as_by_hand(control: Control, files: Files) -> None:
    files.write({"/a": "https://a.example"})
    deployed = files.deploy()
    control(reimport_api, apiId=deployed.api_id, body=json.dumps(openapi({"/b": "https://b.example"})))

    lines = files.deploy().lines

    assert "route GET /b" in lines[3]
    assert [route["routeKey"] for route in control.documents("Route", deployed.api_id)] == ["GET /a"]


WITH_KEY: dict[str, Any] = {
    "security": [{"key": []}],
    "components": {"securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}},
}
WITH_TOKENS: dict[str, Any] = {
    "security": [{"tokens": ["read"]}],
    "components": {
        "securitySchemes": {
            "tokens": {
                "type": "oauth2",
                "x-amazon-apigateway-authorizer": {
                    "type": "jwt",
                    "jwtConfiguration": {"issuer": "https://issuer.example", "audience": ["one"]},
                },
            }
        }
    },
}
