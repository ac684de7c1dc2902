"""An HTTP API built by hand with boto3 and called over TLS."""

import http.client
import json

import pytest
from botocore.exceptions import ClientError

from tests.support.apis import add_route, create_api, quick_create
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend


def test_a_quick_created_api_answers_at_its_endpoint(limen: LimenProcess, backend: RecordingBackend) -> None:
    created = limen.client().create_api(Name="orders", ProtocolType="HTTP", Target=backend.url)

    answer = limen.caller(created["ApiId"]).get("/orders/42?full=yes")

    assert created["ApiEndpoint"] == f"https://{limen.host_of(created['ApiId'])}:{limen.port}"
    assert answer.status == 200
    assert answer.json == {"method": "GET", "target": "/orders/42?full=yes"}


def test_a_route_by_hand_fills_its_path_variable(limen: LimenProcess, backend: RecordingBackend) -> None:
    api_id = create_api(limen.client(), {"GET /orders/{id}": f"{backend.url}/v1/orders/{{id}}"})

    answer = limen.caller(api_id).get("/orders/42")

    assert answer.json["target"] == "/v1/orders/42"


def test_a_missing_route_is_not_found_in_the_words_of_aws(limen: LimenProcess, backend: RecordingBackend) -> None:
    api_id = create_api(limen.client(), {"GET /orders": backend.url})

    answer = limen.caller(api_id).get("/elsewhere")

    assert (answer.status, answer.json) == (404, {"message": "Not Found"})
    assert backend.requests == []


def test_an_api_answers_in_the_path_form_too(limen: LimenProcess, backend: RecordingBackend) -> None:
    api_id = create_api(limen.client(), {"GET /orders": f"{backend.url}/orders"})

    assert limen.get(f"/_api/{api_id}/$default/orders").json["target"] == "/orders"


def test_a_named_stage_is_the_first_segment(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    api_id = create_api(client, {"GET /orders": f"{backend.url}/orders"})
    client.create_stage(ApiId=api_id, StageName="prod", AutoDeploy=True)
    caller = limen.caller(api_id)

    wait_until(lambda: caller.get("/prod/orders").status == 200, 5, lambda: "stage prod does not answer")


def test_a_new_route_is_live_in_all_workers_at_once(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    api_id = create_api(client, {"GET /first": backend.url})
    callers = [limen.caller(api_id) for _ in range(8)]
    for caller in callers:
        assert caller.get("/first").status == 200

    add_route(client, api_id, "GET /second", backend.url)

    for caller in callers:
        wait_until(lambda caller=caller: caller.get("/second").status == 200, 2, lambda: "the route is not live")


def test_a_manual_deployment_changes_nothing_before_it_is_made(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    api_id = client.create_api(Name="manual", ProtocolType="HTTP")["ApiId"]
    add_route(client, api_id, "GET /old", backend.url)
    client.create_stage(ApiId=api_id, StageName="$default")
    deployment = client.create_deployment(ApiId=api_id, StageName="$default")
    caller = limen.caller(api_id)
    wait_until(lambda: caller.get("/old").status == 200, 5, lambda: "the first deployment does not answer")

    add_route(client, api_id, "GET /new", backend.url)

    assert deployment["DeploymentStatus"] == "DEPLOYED"
    assert caller.get("/new").status == 404
    client.create_deployment(ApiId=api_id, StageName="$default")
    wait_until(lambda: caller.get("/new").status == 200, 5, lambda: "the second deployment does not answer")


def test_a_deleted_api_answers_no_more(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    api_id = quick_create(client, backend.url)
    caller = limen.caller(api_id)
    assert caller.get("/").status == 200

    client.delete_api(ApiId=api_id)

    wait_until(lambda: not _answers_well(limen, api_id), 5, lambda: "the deleted API still answers")
    with pytest.raises(ClientError, match="NotFoundException"):
        client.get_api(ApiId=api_id)


def _answers_well(limen: LimenProcess, api_id: str) -> bool:
    caller = limen.caller(api_id)
    try:
        return caller.get("/").status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        caller.close()


def test_a_wrong_secret_is_refused(limen: LimenProcess) -> None:
    client = limen.client(aws_secret_access_key="not-the-secret")

    with pytest.raises(ClientError) as refused:
        client.get_apis()

    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_duplicate_route_is_a_conflict(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    api_id = create_api(client, {"GET /orders": backend.url})

    with pytest.raises(ClientError, match="ConflictException"):
        client.create_route(ApiId=api_id, RouteKey="GET /orders")


def test_a_parameter_mapping_reaches_backend_and_client(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    api_id = client.create_api(Name="mapped", ProtocolType="HTTP")["ApiId"]
    add_route(
        client,
        api_id,
        "GET /orders/{id}",
        f"{backend.url}/orders",
        RequestParameters={
            "overwrite:header.x-order": "$request.path.id",
            "append:querystring.api": "$context.apiId",
            "remove:header.x-secret": "",
        },
        ResponseParameters={"200": {"overwrite:header.x-served-by": "limen", "overwrite:statuscode": "203"}},
    )
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)

    answer = limen.caller(api_id).send("GET", "/orders/42?a=1", {"x-secret": "no"})

    assert (answer.status, answer.header("x-served-by")) == (203, "limen")
    assert backend.last.target == f"/orders?a=1&api={api_id}"
    assert backend.last.header("x-order") == "42"
    assert backend.last.header("x-secret") is None


def test_a_preflight_is_answered_by_the_gateway(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    api_id = create_api(client, {"GET /orders": backend.url})
    client.update_api(
        ApiId=api_id, CorsConfiguration={"AllowOrigins": ["https://shop.example.com"], "AllowMethods": ["GET"]}
    )
    caller = limen.caller(api_id)
    preflight = {"origin": "https://shop.example.com", "access-control-request-method": "GET"}

    wait_until(lambda: caller.send("OPTIONS", "/orders", preflight).status == 204, 5, lambda: "no preflight answer")
    answer = caller.send("OPTIONS", "/orders", preflight)

    assert answer.header("access-control-allow-origin") == "https://shop.example.com"
    assert answer.header("access-control-allow-methods") == "GET"
    assert backend.requests == []


def test_a_route_with_an_authorizer_never_passes_without_a_token(
    limen: LimenProcess, backend: RecordingBackend
) -> None:
    client = limen.client()
    api_id = create_api(client, {"GET /open": backend.url, "GET /closed": backend.url})
    authorizer = client.create_authorizer(
        ApiId=api_id,
        Name="tokens",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": "https://issuer.example.com", "Audience": ["orders"]},
    )
    routes = {route["RouteKey"]: route["RouteId"] for route in client.get_routes(ApiId=api_id)["Items"]}
    client.update_route(
        ApiId=api_id,
        RouteId=routes["GET /closed"],
        AuthorizationType="JWT",
        AuthorizerId=authorizer["AuthorizerId"],
    )
    caller = limen.caller(api_id)

    wait_until(lambda: caller.get("/closed").status == 401, 5, lambda: "the route passes without its authorizer")
    assert caller.get("/open").status == 200


def test_an_access_log_is_written_as_its_format_says(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    api_id = create_api(client, {"GET /orders/{id}": backend.url})
    client.update_stage(
        ApiId=api_id,
        StageName="$default",
        AccessLogSettings={
            "DestinationArn": f"arn:aws:logs:us-east-1:000000000000:log-group:{api_id}",
            "Format": '{"id":"$context.requestId","route":"$context.routeKey","path":"$context.path"}',
        },
    )
    caller = limen.caller(api_id)
    file = limen.data_directory / "logs" / f"{api_id}.log"

    def is_logged() -> bool:
        caller.get("/orders/42")
        return file.exists() and bool(file.read_text())

    wait_until(is_logged, 5, lambda: f"nothing in {file}")
    line = json.loads(file.read_text().splitlines()[0])
    assert line.pop("id")
    assert line == {"route": "GET /orders/{id}", "path": "/orders/42"}


def test_metrics_count_each_route(limen: LimenProcess, backend: RecordingBackend) -> None:
    api_id = create_api(limen.client(), {"GET /counted": backend.url})
    caller = limen.caller(api_id)
    for _ in range(3):
        assert caller.get("/counted").status == 200

    text = limen.admin().get("/metrics").body.decode()

    [line] = [line for line in text.splitlines() if line.startswith("limen_requests_total") and api_id in line]
    assert 'route="GET /counted"' in line
    assert float(line.rpartition(" ")[2]) == 3


def test_an_exported_api_imports_as_the_same_api(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    api_id = create_api(client, {"GET /orders/{id}": f"{backend.url}/v1/orders/{{id}}"})

    exported = client.export_api(ApiId=api_id, Specification="OAS30", OutputType="JSON", StageName="$default")
    copy_id = client.import_api(Body=exported["body"].read().decode())["ApiId"]
    client.create_stage(ApiId=copy_id, StageName="$default", AutoDeploy=True)

    assert copy_id != api_id
    assert limen.caller(copy_id).get("/orders/7").json["target"] == "/v1/orders/7"


def test_an_api_answers_not_found_until_it_has_a_stage(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    api_id = client.create_api(Name="empty", ProtocolType="HTTP")["ApiId"]
    caller = limen.caller(api_id)

    wait_until(lambda: caller.get("/a").status == 404, 5, lambda: "the API is not known")
    empty = caller.get("/a")
    client.delete_api(ApiId=api_id)
    wait_until(lambda: caller.get("/a").status == 403, 5, lambda: "the deleted API is still known")

    assert empty.json == {"message": "Not Found"}
