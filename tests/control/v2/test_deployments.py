"""Deployments, by hand and by themselves."""

NO_ROUTES = "Unable to deploy API because no routes exist in this API"
NO_VALID_ROUTES = "Unable to deploy API because no valid routes exist in this API"
AUTOMATIC = "Automatic deployment triggered by changes to the Api configuration"


def frozen_routes(control, api_id, deployment_id):
    with control.store.reader() as reader:
        deployment = reader.get("Deployment", api_id, deployment_id)
        return sorted(route["routeKey"] for _, route in reader.at(deployment["_revision"]).list("Route", api_id))


def test_a_deployment_freezes_the_api(control):
    api_id = control.api()
    control.route(api_id, "GET /a")
    first = control("CreateDeployment", apiId=api_id, description="first")
    assert first.pop("createdDate").endswith("Z")
    assert first == {
        "autoDeployed": False,
        "deploymentId": first["deploymentId"],
        "deploymentStatus": "DEPLOYED",
        "description": "first",
    }
    control.route(api_id, "GET /b")
    second = control("CreateDeployment", apiId=api_id)
    assert frozen_routes(control, api_id, first["deploymentId"]) == ["GET /a"]
    assert frozen_routes(control, api_id, second["deploymentId"]) == ["GET /a", "GET /b"]
    listed = control.items("GetDeployments", apiId=api_id)
    assert [deployment["deploymentId"] for deployment in listed] == [first["deploymentId"], second["deploymentId"]]


def test_a_deployment_moves_the_stage_that_it_names(control, refused):
    api_id = control.api()
    control.route(api_id)
    control("CreateStage", apiId=api_id, stageName="prod")
    deployment_id = control("CreateDeployment", apiId=api_id, stageName="prod")["deploymentId"]
    assert control("GetStage", apiId=api_id, stageName="prod")["deploymentId"] == deployment_id
    missing = control.refuses("CreateDeployment", apiId=api_id, stageName="beta")
    assert missing == ("NotFoundException", 404, "Invalid stage identifier specified")
    message = refused("DeleteDeployment", apiId=api_id, deploymentId=deployment_id)
    assert message == "Active stages pointing to this deployment must be moved or deleted"
    control("DeleteStage", apiId=api_id, stageName="prod")
    control("DeleteDeployment", apiId=api_id, deploymentId=deployment_id)
    assert control.items("GetDeployments", apiId=api_id) == []


def test_an_api_without_a_route_that_leads_somewhere_is_not_deployed(control, refused):
    api_id = control.api()
    assert refused("CreateDeployment", apiId=api_id) == NO_ROUTES
    control("CreateRoute", apiId=api_id, routeKey="$default")
    assert refused("CreateDeployment", apiId=api_id) == NO_VALID_ROUTES
    control.route(api_id, "GET /a")
    control("CreateDeployment", apiId=api_id)


def test_an_api_that_does_not_compile_is_refused_with_the_reason(control, refused):
    api_id = control.api()
    control.route(api_id)
    control("CreateStage", apiId=api_id, stageName="prod")
    control.problems = ["route GET /orders: no such thing"]
    message = refused("CreateDeployment", apiId=api_id, stageName="prod")
    assert message == "Unable to deploy API because it cannot be served: route GET /orders: no such thing"
    assert control.items("GetDeployments", apiId=api_id) == []
    assert "deploymentId" not in control("GetStage", apiId=api_id, stageName="prod")


def test_a_description_can_change(control):
    api_id = control.api()
    control.route(api_id)
    deployment_id = control("CreateDeployment", apiId=api_id)["deploymentId"]
    same = {"apiId": api_id, "deploymentId": deployment_id}
    assert control("UpdateDeployment", **same, description="new")["description"] == "new"
    assert "description" not in control("UpdateDeployment", **same, description="")
    missing = control.refuses("GetDeployment", apiId=api_id, deploymentId="abc123")
    assert missing == ("NotFoundException", 404, "Invalid Deployment identifier specified abc123")


def test_every_change_is_deployed_where_stages_deploy_by_themselves(control):
    api_id = control.api()
    control("CreateStage", apiId=api_id, stageName="$default", autoDeploy=True)
    control("CreateStage", apiId=api_id, stageName="other")

    def deployed_by(operation, **members):
        before = control("GetStage", apiId=api_id, stageName="$default").get("deploymentId")
        answer = control(operation, apiId=api_id, **members)
        stage = control("GetStage", apiId=api_id, stageName="$default")
        assert stage["deploymentId"] != before
        success = f"Successfully deployed stage with deployment ID '{stage['deploymentId']}'"
        assert stage["lastDeploymentStatusMessage"] == success
        return answer

    integration_id = control.integration(api_id)
    target = f"integrations/{integration_id}"
    route_id = deployed_by("CreateRoute", routeKey="GET /a", target=target)["routeId"]
    deployed_by("UpdateRoute", routeId=route_id, operationName="a")
    deployed_by("UpdateIntegration", integrationId=integration_id, timeoutInMillis=1000)
    deployed_by("UpdateApi", corsConfiguration={"allowOrigins": ["*"]})
    deployed_by("DeleteCorsConfiguration")
    second = deployed_by("CreateRoute", routeKey="GET /b", target=target)["routeId"]
    deployed_by("DeleteRoute", routeId=second)
    assert "deploymentId" not in control("GetStage", apiId=api_id, stageName="other")
    latest = control.items("GetDeployments", apiId=api_id)[-1]
    assert (latest["autoDeployed"], latest["deploymentStatus"], latest["description"]) == (True, "DEPLOYED", AUTOMATIC)
    assert frozen_routes(control, api_id, latest["deploymentId"]) == ["GET /a"]


def test_what_serves_nothing_is_not_deployed(control):
    api_id = control.api(target="https://backend.test")
    before = control("GetStage", apiId=api_id, stageName="$default")["deploymentId"]
    control("UpdateApi", apiId=api_id, name="other", description="changed")
    control("UpdateStage", apiId=api_id, stageName="$default", stageVariables={"a": "b"})
    control("CreateModel", apiId=api_id, name="Order", schema="{}")
    assert control("GetStage", apiId=api_id, stageName="$default")["deploymentId"] == before


def test_a_change_that_does_not_compile_leaves_the_stage_as_it_was(control):
    api_id = control.api(target="https://backend.test")
    before = control("GetStage", apiId=api_id, stageName="$default")["deploymentId"]
    control.problems = ["route GET /bad: no such thing"]
    control.route(api_id, "GET /bad")
    stage = control("GetStage", apiId=api_id, stageName="$default")
    assert stage["deploymentId"] == before
    assert stage["lastDeploymentStatusMessage"] == "Deployment attempt failed: route GET /bad: no such thing"
    failed = control.items("GetDeployments", apiId=api_id)[-1]
    assert failed["deploymentStatus"] == "FAILED"
    assert failed["deploymentStatusMessage"] == "route GET /bad: no such thing"
    refused = control.refuses("CreateStage", apiId=api_id, stageName="prod", deploymentId=failed["deploymentId"])
    assert refused[1:] == (400, f"Deployment {failed['deploymentId']} has failed and cannot be served")
    control.problems = []
    control.route(api_id, "GET /good")
    assert control("GetStage", apiId=api_id, stageName="$default")["deploymentId"] != before


def test_only_what_changed_since_the_last_good_deployment_is_compiled(control):
    api_id = control.api()
    control("CreateStage", apiId=api_id, stageName="$default", autoDeploy=True)
    target = f"integrations/{control.integration(api_id)}"
    control.route(api_id, "GET /a", target=target)
    with control.store.reader() as reader:
        first = reader.revision
    control.problems = ["bad"]
    control.route(api_id, "GET /b", target=target)
    control.problems = []
    control.route(api_id, "GET /c", target=target)
    with control.store.reader() as reader:
        third = reader.revision
    control.route(api_id, "GET /d", target=target)
    assert control.compiled_since == [None, first, first, third]


def test_a_stage_that_waits_for_its_first_route_says_so(control):
    api_id = control.api()
    stage = control("CreateStage", apiId=api_id, stageName="$default", autoDeploy=True)
    assert stage["lastDeploymentStatusMessage"] == f"Deployment attempt failed: {NO_ROUTES}"
    assert "deploymentId" not in stage
    assert control.items("GetDeployments", apiId=api_id) == []


def test_switching_auto_deploy_on_deploys(control):
    api_id = control.api()
    control.route(api_id)
    control("CreateStage", apiId=api_id, stageName="prod")
    stage = control("UpdateStage", apiId=api_id, stageName="prod", autoDeploy=True)
    assert stage["deploymentId"] == control.items("GetDeployments", apiId=api_id)[0]["deploymentId"]


def test_a_failed_operation_leaves_nothing_behind(control):
    api_id = control.api(target="https://backend.test")
    with control.store.reader() as reader:
        before = reader.revision
    control.refuses("CreateRoute", apiId=api_id, routeKey="GET /a", target="integrations/nobody")
    with control.store.reader() as reader:
        assert reader.revision == before
