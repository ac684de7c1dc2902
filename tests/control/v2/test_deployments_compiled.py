"""Deployments as gateways would compile them: what cannot be served is refused with the reason."""

import pytest

from limen.store import Store
from tests.control.v2.conftest import Control


@pytest.fixture
def control(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield Control(store)
    store.close()


def test_a_variable_that_its_route_does_not_have_is_found(control):
    api_id = control.api(target="https://backend.test")
    good = control("GetStage", apiId=api_id, stageName="$default")["deploymentId"]
    integration_id = control.integration(api_id, integrationUri="https://backend.test/{id}")
    route_id = control.route(api_id, "GET /orders", target=f"integrations/{integration_id}")
    stage = control("GetStage", apiId=api_id, stageName="$default")
    assert "GET /orders" in stage["lastDeploymentStatusMessage"]
    assert "{id}" in stage["lastDeploymentStatusMessage"]
    refused = control.refuses("CreateDeployment", apiId=api_id)
    assert refused[2].startswith("Unable to deploy API because it cannot be served: route GET /orders: ")
    control("UpdateRoute", apiId=api_id, routeId=route_id, routeKey="GET /orders/{id}")
    stage = control("GetStage", apiId=api_id, stageName="$default")
    assert stage["lastDeploymentStatusMessage"].startswith("Successfully deployed stage")
    assert stage["deploymentId"] != good


def test_a_changed_integration_is_compiled_for_all_its_routes(control):
    api_id = control.api(target="https://backend.test")
    integration_id = control.integration(api_id, integrationUri="https://backend.test/{id}")
    control.route(api_id, "GET /orders/{id}", target=f"integrations/{integration_id}")
    good = control("GetStage", apiId=api_id, stageName="$default")["deploymentId"]
    change = {"integrationId": integration_id, "integrationUri": "https://backend.test/{other}"}
    control("UpdateIntegration", apiId=api_id, **change)
    stage = control("GetStage", apiId=api_id, stageName="$default")
    assert stage["deploymentId"] == good
    assert "{other}" in stage["lastDeploymentStatusMessage"]


def test_many_routes_are_deployed_one_by_one(control):
    api_id = control.api(target="https://backend.test")
    target = f"integrations/{control.integration(api_id)}"
    for number in range(50):
        control.route(api_id, f"GET /orders/{number}", target=target)
    stage = control("GetStage", apiId=api_id, stageName="$default")
    assert stage["lastDeploymentStatusMessage"].startswith("Successfully deployed stage")
    deployments = control.items("GetDeployments", apiId=api_id, maxResults="500")
    assert stage["deploymentId"] == deployments[-1]["deploymentId"]
    assert {deployment["deploymentStatus"] for deployment in deployments} == {"DEPLOYED"}
