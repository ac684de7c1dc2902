"""Stages and their settings."""

import pytest

LOG_GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:orders"


def test_a_new_stage_is_answered_as_aws_does(control):
    api_id = control.api()
    stage = control("CreateStage", apiId=api_id, stageName="prod")
    assert stage.pop("createdDate") == stage.pop("lastUpdatedDate")
    assert stage == {
        "defaultRouteSettings": {"detailedMetricsEnabled": False},
        "routeSettings": {},
        "stageName": "prod",
        "stageVariables": {},
        "tags": {},
    }


@pytest.mark.parametrize("name", ["$default", "prod", "v2-beta_1", "a" * 128])
def test_names_of_the_guide_are_taken(control, name):
    api_id = control.api()
    control("CreateStage", apiId=api_id, stageName=name)
    refused = control.refuses("CreateStage", apiId=api_id, stageName=name)
    assert refused == ("ConflictException", 409, "Stage already exists")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "$other", "prod.v1", "a" * 129, "pröd", "a\0b"])
def test_other_names_are_refused(control, refused, name):
    message = refused("CreateStage", apiId=control.api(), stageName=name)
    assert message == "Stage name only allows a-zA-Z0-9_- or $default"


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"a-b": "c"}, "Invalid stage variable name: a-b. Please use names with only word characters."),
        ({"a" * 65: "c"}, f"Invalid stage variable name: {'a' * 65}. It is longer than 64 characters"),
        ({"a": "v" * 513}, "Invalid stage variable value of key a. It is longer than 512 characters"),
        ({f"v{number}": "1" for number in range(101)}, "The number of stage variables exceeds the limit of 100"),
    ],
)
def test_variables_keep_to_the_rules(control, refused, variables, message):
    assert refused("CreateStage", apiId=control.api(), stageName="prod", stageVariables=variables) == message


@pytest.mark.parametrize("value", ["a\nb", "{a}", 'a"b', "${stageVariables.a}", "ä"])
def test_values_of_variables_keep_to_their_characters(control, refused, value):
    message = refused("CreateStage", apiId=control.api(), stageName="prod", stageVariables={"a": value})
    assert message.startswith("Invalid stage variable value of key a.  Please use values with")


def test_variables_merge_and_go_by_an_empty_value(control):
    api_id = control.api()
    url = "http://10.0.0.1:80/~me/?a=b&c=d#e,f"
    control("CreateStage", apiId=api_id, stageName="prod", stageVariables={"url": url, "old": "1"})
    stage = control("UpdateStage", apiId=api_id, stageName="prod", stageVariables={"old": "", "new": "2"})
    assert stage["stageVariables"] == {"url": url, "new": "2"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"destinationArn": LOG_GROUP},
            "Access Log value must not be empty: destinationArn and format must both be specified",
        ),
        (
            {"format": "$context.requestId"},
            "Access Log value must not be empty: destinationArn and format must both be specified",
        ),
        (
            {"destinationArn": LOG_GROUP, "format": "$context.requestId\n$context.status"},
            "Access Log format must be single line, new line character is allowed only at end of the format",
        ),
        (
            {"destinationArn": LOG_GROUP, "format": "$context.requestId" + "x" * 3072},
            "Access Log format is too long: it must not exceed 3072 bytes",
        ),
        *(
            (
                {"destinationArn": LOG_GROUP, "format": log_format},
                "Access Log format must include either $context.requestId or $context.extendedRequestId",
            )
            for log_format in ("$context.status", "$context.requestIdentity", "$context.requestId.x")
        ),
    ],
)
def test_access_log_settings_are_checked(control, refused, settings, message):
    assert refused("CreateStage", apiId=control.api(), stageName="prod", accessLogSettings=settings) == message


@pytest.mark.parametrize("destination", ["arn:aws:s3:::bucket", "orders", f"{LOG_GROUP}/../../etc", f"{LOG_GROUP}/a b"])
def test_access_logs_go_to_a_log_group(control, refused, destination):
    settings = {"destinationArn": destination, "format": "$context.requestId"}
    message = refused("CreateStage", apiId=control.api(), stageName="prod", accessLogSettings=settings)
    assert message.startswith("Invalid ARN specified in the request: accessLogSettings.destinationArn")


@pytest.mark.parametrize(
    "log_format", ["$context.requestId\n", '{"id":"$context.extendedRequestId"}', "a$context.requestId,b"]
)
def test_access_log_settings_are_kept_and_deleted(control, log_format):
    api_id = control.api()
    settings = {"destinationArn": f"{LOG_GROUP}:*", "format": log_format}
    stage = control("CreateStage", apiId=api_id, stageName="prod", accessLogSettings=settings)
    assert stage["accessLogSettings"] == {"destinationArn": LOG_GROUP, "format": log_format}
    control("DeleteAccessLogSettings", apiId=api_id, stageName="prod")
    assert "accessLogSettings" not in control("GetStage", apiId=api_id, stageName="prod")


def test_route_settings_merge_by_route_and_are_deleted(control):
    api_id = control.api()
    control.route(api_id, "GET /a")
    control.route(api_id, "GET /b")
    control("CreateStage", apiId=api_id, stageName="prod", routeSettings={"GET /a": {"throttlingBurstLimit": 100}})
    stage = control(
        "UpdateStage",
        apiId=api_id,
        stageName="prod",
        defaultRouteSettings={"throttlingRateLimit": 5.5},
        routeSettings={"GET /a": {"throttlingRateLimit": 2000.0}, "GET /b": {"detailedMetricsEnabled": True}},
    )
    assert stage["defaultRouteSettings"] == {"detailedMetricsEnabled": False, "throttlingRateLimit": 5.5}
    assert stage["routeSettings"] == {
        "GET /a": {"throttlingBurstLimit": 100, "throttlingRateLimit": 2000.0},
        "GET /b": {"detailedMetricsEnabled": True},
    }
    control("DeleteRouteSettings", apiId=api_id, stageName="prod", routeKey="GET /a")
    assert [*control("GetStage", apiId=api_id, stageName="prod")["routeSettings"]] == ["GET /b"]
    assert control.refuses("DeleteRouteSettings", apiId=api_id, stageName="prod", routeKey="GET /a")[1] == 404


def test_settings_of_a_route_that_has_gone_are_in_nobodys_way(control):
    api_id = control.api()
    route_id = control.route(api_id, "GET /a")
    control("CreateStage", apiId=api_id, stageName="prod", routeSettings={"GET /a": {"throttlingBurstLimit": 1}})
    control("DeleteRoute", apiId=api_id, routeId=route_id)
    stage = control("UpdateStage", apiId=api_id, stageName="prod", description="new")
    assert stage["description"] == "new"
    control("DeleteRouteSettings", apiId=api_id, stageName="prod", routeKey="GET /a")


def test_route_settings_name_a_route(control):
    refused = control.refuses("CreateStage", apiId=control.api(), stageName="p", routeSettings={"GET /a": {}})
    assert refused == ("NotFoundException", 404, "Unable to find Route by key GET /a within the provided RouteSettings")


def test_settings_of_the_default_route_need_no_route(control):
    api_id, settings = control.api(), {"$default": {"detailedMetricsEnabled": True, "throttlingBurstLimit": 2222}}
    stage = control("CreateStage", apiId=api_id, stageName="prod", routeSettings=settings)
    assert stage["routeSettings"] == settings
    control("DeleteRouteSettings", apiId=api_id, stageName="prod", routeKey="$default")
    changed = {"$default": {"throttlingRateLimit": 9999.0}}
    assert control("UpdateStage", apiId=api_id, stageName="prod", routeSettings=changed)["routeSettings"] == changed


@pytest.mark.parametrize("settings", [{"loggingLevel": "INFO"}, {"loggingLevel": "OFF"}, {"dataTraceEnabled": True}])
def test_http_apis_have_no_execution_logs(control, refused, settings):
    message = refused("CreateStage", apiId=control.api(), stageName="p", defaultRouteSettings=settings)
    assert message == "Execution logs are not supported on protocolType HTTP"


def test_client_certificates_belong_to_websocket_apis(control, refused):
    message = refused("CreateStage", apiId=control.api(), stageName="p", clientCertificateId="abc123")
    assert message == "ClientCertificateId is not currently supported for HTTP APIs."


def test_limits_of_throttling_are_not_negative(control, refused):
    message = refused(
        "CreateStage", apiId=control.api(), stageName="p", defaultRouteSettings={"throttlingBurstLimit": -1}
    )
    assert message == "Invalid throttlingBurstLimit specified: it must not be negative"


def test_a_deployment_is_not_chosen_while_a_stage_deploys_by_itself(control, refused):
    api_id = control.api()
    control.route(api_id)
    deployment_id = control("CreateDeployment", apiId=api_id)["deploymentId"]
    message = "DeploymentId cannot be specified for a stage with autoDeploy enabled"
    both = {"autoDeploy": True, "deploymentId": deployment_id}
    assert refused("CreateStage", apiId=api_id, stageName="prod", **both) == message
    control("CreateStage", apiId=api_id, stageName="prod", autoDeploy=True)
    assert refused("UpdateStage", apiId=api_id, stageName="prod", deploymentId=deployment_id) == message
    stage = control("UpdateStage", apiId=api_id, stageName="prod", autoDeploy=False, deploymentId=deployment_id)
    assert (stage["autoDeploy"], stage["deploymentId"]) == (False, deployment_id)


def test_a_deployment_has_to_be_there(control):
    refused = control.refuses("CreateStage", apiId=control.api(), stageName="prod", deploymentId="abc123")
    assert refused == ("NotFoundException", 404, "Invalid Deployment identifier specified abc123")


def test_an_unknown_stage_is_not_found(control):
    api_id = control.api()
    for operation in ("GetStage", "UpdateStage", "DeleteStage", "ResetAuthorizersCache", "DeleteAccessLogSettings"):
        refused = control.refuses(operation, apiId=api_id, stageName="prod")
        assert refused == ("NotFoundException", 404, "Invalid stage identifier specified")


def test_a_reset_of_the_authorizers_cache_moves_the_stage(control):
    api_id = control.api()
    before = control("CreateStage", apiId=api_id, stageName="prod")
    with control.store.reader() as reader:
        since = reader.revision
    assert control("ResetAuthorizersCache", apiId=api_id, stageName="prod") == {}
    with control.store.reader() as reader:
        assert ("Stage", api_id, "prod") in reader.changed_parents(since, reader.revision)
    after = control("GetStage", apiId=api_id, stageName="prod")
    assert after | {"lastUpdatedDate": ""} == before | {"lastUpdatedDate": ""}


def test_empty_access_log_settings_clear_them(control):
    api_id = control.api()
    settings = {"destinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:a", "format": "$context.requestId"}
    same = {"apiId": api_id, "stageName": "prod"}
    control("CreateStage", **same, accessLogSettings=settings)
    assert control("UpdateStage", **same, description="kept")["accessLogSettings"] == settings
    assert "accessLogSettings" not in control("UpdateStage", **same, accessLogSettings={})


def test_an_empty_deployment_id_leaves_the_stage_where_it_is(control):
    api_id = control.api()
    control.route(api_id)
    same = {"apiId": api_id, "stageName": "prod"}
    deployment_id = control("CreateStage", **same, autoDeploy=True)["deploymentId"]
    assert control("UpdateStage", **same, deploymentId="")["deploymentId"] == deployment_id
