"""APIs through the operations: what AWS answers and what it refuses."""

import pytest

from tests.control.v2.conftest import FUNCTION


def test_a_new_api_is_answered_as_aws_does(control):
    api = control("CreateApi", name="orders", protocolType="HTTP", description="", version="v1")
    assert len(api["apiId"]) == 10
    assert api.pop("createdDate").endswith("Z")
    assert api == {
        "apiEndpoint": f"https://{api['apiId']}.execute-api.us-east-1.localhost:8443",
        "apiId": api["apiId"],
        "apiKeySelectionExpression": "$request.header.x-api-key",
        "disableExecuteApiEndpoint": False,
        "ipAddressType": "ipv4",
        "name": "orders",
        "protocolType": "HTTP",
        "routeSelectionExpression": "$request.method $request.path",
        "tags": {},
        "version": "v1",
    }
    assert control("GetApi", apiId=api["apiId"])["apiEndpoint"] == api["apiEndpoint"]


def test_the_endpoint_follows_the_settings_of_the_process(control):
    api_id = control.api()
    control.set(port=443, suffix="gateway.test")
    assert control("GetApi", apiId=api_id)["apiEndpoint"] == f"https://{api_id}.execute-api.us-east-1.gateway.test"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"protocolType": "WEBSOCKET"},
            "Limen does not serve APIs with protocolType WEBSOCKET yet: protocolType must be HTTP",
        ),
        ({"protocolType": "SOAP"}, "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]"),
        ({"name": ""}, "Invalid API name specified"),
        ({"name": "n" * 129}, "Invalid name specified: its length must be between 1 and 128 characters"),
        (
            {"description": "d" * 1025},
            "Invalid description specified: its length must be between 0 and 1024 characters",
        ),
        ({"version": "v" * 65}, "Invalid version specified: its length must be between 1 and 64 characters"),
        (
            {"routeSelectionExpression": "$request.body.action"},
            'Route selection expression is currently limited to "${request.method} ${request.path}"',
        ),
        (
            {"apiKeySelectionExpression": "$context.x"},
            "ApiKeySelectionExpression is not currently supported for HTTP APIs.",
        ),
        ({"disableSchemaValidation": True}, "DisableSchemaValidation is not currently supported for HTTP APIs."),
        ({"routeKey": "GET /a"}, "routeKey is part of quick create: it can only be specified together with target"),
        ({"tags": {"aws:mine": "x"}}, "Invalid tag key specified: aws:mine. Tag keys cannot start with 'aws:'"),
        ({"tags": {str(n): "" for n in range(51)}}, "The number of tags exceeds the limit of 50 tags per resource"),
    ],
)
def test_what_aws_refuses_is_refused(refused, members, message):
    assert refused("CreateApi", **{"name": "orders", "protocolType": "HTTP"} | members) == message


@pytest.mark.parametrize(
    ("cors", "message"),
    [
        (
            {"allowOrigins": ["*"], "allowCredentials": True},
            "allow-credentials is not supported if 'allow-origin' is *",
        ),
        ({"maxAge": 86401}, "Invalid max-age specified: it must be between -1 and 86400 seconds"),
        ({"maxAge": -2}, "Invalid max-age specified: it must be between -1 and 86400 seconds"),
        ({"allowMethods": ["FETCH"]}, "Invalid format for method FETCH in allow-methods"),
        ({"allowHeaders": ["a b"]}, "Invalid format for header a b. Header names can only have characters of a token"),
    ],
)
def test_cors_is_checked(refused, cors, message):
    assert refused("CreateApi", name="orders", protocolType="HTTP", corsConfiguration=cors) == message


@pytest.mark.parametrize(
    "origin",
    [
        "example.com",
        "https://example.com/path",
        "https://*.example.com",
        "https://",
        "https://a b",
        "https://u@h",
        "",
        "null",
    ],
)
def test_origins_that_no_browser_sends_are_refused(refused, origin):
    message = refused("CreateApi", name="orders", protocolType="HTTP", corsConfiguration={"allowOrigins": [origin]})
    assert message.startswith(f"Invalid format for origin {origin}.")


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*", "http://*", "http://localhost:3000", "https://[::1]:8443", "app://x", "HTTP://WWW.EXAMPLE.ORG"],
)
def test_origins_of_the_guide_are_taken(control, origin):
    api_id = control.api(corsConfiguration={"allowOrigins": [origin], "exposeHeaders": []})
    assert control("GetApi", apiId=api_id)["corsConfiguration"] == {"allowOrigins": [origin]}


def test_methods_of_cors_are_kept_as_they_were_written(control):
    api_id = control.api(corsConfiguration={"allowMethods": ["GET", "put"]})
    assert control("GetApi", apiId=api_id)["corsConfiguration"] == {"allowMethods": ["GET", "put"]}


def test_update_changes_only_what_it_is_given(control):
    api_id = control.api(
        description="first", corsConfiguration={"allowHeaders": ["h"], "allowOrigins": ["https://a.test"]}
    )
    api = control("UpdateApi", apiId=api_id, description="", corsConfiguration={"allowOrigins": ["https://b.test"]})
    assert "description" not in api
    assert api["name"] == "orders"
    assert api["corsConfiguration"] == {"allowHeaders": ["h"], "allowOrigins": ["https://b.test"]}
    control("DeleteCorsConfiguration", apiId=api_id)
    assert "corsConfiguration" not in control("GetApi", apiId=api_id)


def test_an_update_is_checked_with_what_was_there(control, refused):
    api_id = control.api(corsConfiguration={"allowOrigins": ["*"]})
    message = refused("UpdateApi", apiId=api_id, corsConfiguration={"allowCredentials": True})
    assert message == "allow-credentials is not supported if 'allow-origin' is *"
    assert control("GetApi", apiId=api_id)["corsConfiguration"] == {"allowOrigins": ["*"]}


def test_an_api_belongs_to_its_account_and_region(control):
    api_id = control.api()
    for elsewhere in ({"region": "eu-west-1"}, {"account": "111111111111"}):
        assert control.items("GetApis", **elsewhere) == []
        refused = control.refuses("GetApi", apiId=api_id, **elsewhere)
        account = elsewhere.get("account", "000000000000")
        assert refused == ("NotFoundException", 404, f"Invalid API identifier specified {account}:{api_id}")
        assert control.refuses("CreateRoute", apiId=api_id, routeKey="$default", **elsewhere)[1] == 404


def test_a_deleted_api_takes_all_with_it(control):
    api_id = control.api(target="https://backend.test")
    control("DeleteApi", apiId=api_id)
    assert control.refuses("GetApi", apiId=api_id)[1] == 404
    with control.store.reader() as reader:
        assert [
            noun for noun in ("Route", "RouteKey", "Integration", "Stage", "Deployment") if [*reader.all(noun)]
        ] == []


def test_quick_create_serves_at_once(control):
    api_id = control.api(target="https://backend.test")
    (route,) = control.items("GetRoutes", apiId=api_id)
    (integration,) = control.items("GetIntegrations", apiId=api_id)
    (stage,) = control.items("GetStages", apiId=api_id)
    assert route == {
        "apiGatewayManaged": True,
        "apiKeyRequired": False,
        "authorizationType": "NONE",
        "routeId": route["routeId"],
        "routeKey": "$default",
        "target": f"integrations/{integration['integrationId']}",
    }
    assert integration == {
        "apiGatewayManaged": True,
        "connectionType": "INTERNET",
        "integrationId": integration["integrationId"],
        "integrationMethod": "ANY",
        "integrationType": "HTTP_PROXY",
        "integrationUri": "https://backend.test",
        "payloadFormatVersion": "1.0",
        "timeoutInMillis": 30000,
    }
    assert (stage["stageName"], stage["autoDeploy"], stage["apiGatewayManaged"]) == ("$default", True, True)
    message = f"Successfully deployed stage with deployment ID '{stage['deploymentId']}'"
    assert stage["lastDeploymentStatusMessage"] == message


def test_quick_create_of_a_function(control, refused):
    api_id = control.api(target=FUNCTION, routeKey="GET /orders", credentialsArn="arn:aws:iam::000000000000:role/r")
    (integration,) = control.items("GetIntegrations", apiId=api_id)
    assert integration["integrationType"] == "AWS_PROXY"
    assert integration["payloadFormatVersion"] == "2.0"
    assert integration["credentialsArn"] == "arn:aws:iam::000000000000:role/r"
    assert control.items("GetRoutes", apiId=api_id)[0]["routeKey"] == "GET /orders"
    queue = "arn:aws:sqs:us-east-1:000000000000:q"
    message = refused("CreateApi", name="o", protocolType="HTTP", target=queue)
    assert message == f"Invalid target specified: {queue} is not the ARN of a Lambda function"


def test_the_target_of_quick_create_can_be_replaced(control):
    api_id = control.api(target="https://old.test")
    (before,) = control.items("GetStages", apiId=api_id)
    control("UpdateApi", apiId=api_id, target=FUNCTION, routeKey="ANY /{proxy+}")
    (integration,) = control.items("GetIntegrations", apiId=api_id)
    assert integration["integrationType"] == "AWS_PROXY"
    assert integration["integrationUri"] == FUNCTION
    assert integration["integrationMethod"] == "POST"
    assert [route["routeKey"] for route in control.items("GetRoutes", apiId=api_id)] == ["ANY /{proxy+}"]
    (after,) = control.items("GetStages", apiId=api_id)
    assert after["deploymentId"] != before["deploymentId"]


def test_managed_objects_are_kept_from_their_own_operations(control, refused):
    api_id = control.api(target="https://backend.test")
    route_id = control.items("GetRoutes", apiId=api_id)[0]["routeId"]
    integration_id = control.items("GetIntegrations", apiId=api_id)[0]["integrationId"]
    assert "$default route key" in refused("UpdateRoute", apiId=api_id, routeId=route_id, routeKey="GET /a")
    assert "managed by API Gateway" in refused("DeleteIntegration", apiId=api_id, integrationId=integration_id)
    assert "$default stage" in refused("UpdateStage", apiId=api_id, stageName="$default", autoDeploy=False)
    control("UpdateIntegration", apiId=api_id, integrationId=integration_id, timeoutInMillis=50)
    assert control.items("GetIntegrations", apiId=api_id)[0]["timeoutInMillis"] == 50


def test_an_api_without_quick_create_has_no_target(refused, control):
    message = refused("UpdateApi", apiId=control.api(), target="https://backend.test")
    assert message == "target cannot be updated: the API was not created using quick create"


def test_lists_come_in_pages(control):
    ids = [control.api(name=str(number)) for number in range(27)]
    first = control("GetApis")
    assert [api["apiId"] for api in first["items"]] == ids[:25]
    second = control("GetApis", nextToken=first["nextToken"])
    assert [api["apiId"] for api in second["items"]] == ids[25:]
    assert "nextToken" not in second
    assert len(control.items("GetApis", maxResults="3")) == 3


@pytest.mark.parametrize("page", [{"maxResults": "0"}, {"maxResults": "501"}, {"maxResults": "x"}, {"nextToken": "?"}])
def test_a_page_that_makes_no_sense_is_refused(refused, page):
    assert refused("GetApis", **page).startswith("Invalid ")


def test_a_token_of_another_list_is_refused(refused, control):
    for _ in range(2):
        control.api()
    token = control("GetApis", maxResults="1")["nextToken"]
    assert refused("GetRoutes", apiId=control.api(), nextToken=token) == "Invalid nextToken specified"


def test_an_operation_that_is_missing_says_its_name(control):
    refused = control.refuses("CreatePortal")
    assert refused == ("NotImplementedException", 400, "Limen does not implement CreatePortal yet")


def test_quotas_count_only_where_they_are_enforced(control):
    control.set(quotas_enforced=True)
    api_id = control.api()
    for number in range(10):
        control("CreateStage", apiId=api_id, stageName=f"s{number}")
    code, status, message = control.refuses("CreateStage", apiId=api_id, stageName="s10")
    assert (code, status) == ("TooManyRequestsException", 429)
    assert message == (
        "Maximum number of Stages for this API has been reached. Please contact AWS if you need additional Stages."
    )
    control.set(quotas_enforced=False)
    control("CreateStage", apiId=api_id, stageName="s10")
