"""`limen cors --api ID`: CORS by the operations of AWS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limen.aws.directory import ServiceDirectory
from limen.aws.request import AwsRequest
from limen.aws.service_model import load_service
from limen.aws.validate import validate
from limen.cli.cors_api import add_cors_to_api
from limen.control.openapi.cors_methods import CorsOptions
from limen.control.openapi.rest_operations import import_rest_api
from limen.control.v1.operations import OPERATIONS
from limen.control.v1.rest_apis import get_rest_api
from limen.store.store import Store
from tests.control.openapi.described_rest import describe_parts, describe_rest
from tests.support.control import Control
from tests.support.rest_apis import HTTP_PROXY, body, operation, swagger

ORIGIN = "method.response.header.Access-Control-Allow-Origin"


class Port:
    """The admin port without its wire: a request is found, validated and done."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._directory = ServiceDirectory([load_service("apigateway")])
        self.called: list[str] = []

    def __call__(self, method: str, path: str, query: str = "", members: dict[str, Any] | None = None) -> Any:
        sent = b"" if members is None else json.dumps(members).encode()
        request = AwsRequest(method, path, query, [], sent)
        meant = self._directory.find(request, "apigateway")
        parsed = meant.protocol.parse(meant.operation, request, meant.labels)
        validate(meant.operation, parsed)
        self.called.append(meant.operation.name)
        return self._control(OPERATIONS[meant.operation.name], **parsed)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield Control(store)
    store.close()


@pytest.fixture
def port(control: Control) -> Port:
    return Port(control)


def imported(control: Control, document: dict[str, Any]) -> dict[str, Any]:
    return control(import_rest_api, body=body(document))


def test_every_resource_gets_a_preflight_and_its_methods_the_header(control: Control, port: Port) -> None:
    document = swagger({"/pets": ["GET"], "/pets/{id}": ["GET", "PUT"]}, info={"title": "pets", "version": "1.0"})
    get = document["paths"]["/pets"]["get"]
    get["x-amazon-apigateway-integration"]["responses"]["4\\d{2}"] = {"statusCode": "404"}
    api = imported(control, document)

    notes = add_cors_to_api(port, api["id"], CorsOptions())

    methods = describe_rest(control, api)["methods"]
    assert sorted(methods) == ["GET /pets", "GET /pets/{id}", "OPTIONS /pets", "OPTIONS /pets/{id}", "PUT /pets/{id}"]
    preflight = methods["OPTIONS /pets/{id}"]["methodIntegration"]["integrationResponses"]["200"]
    allowed = preflight["responseParameters"]["method.response.header.Access-Control-Allow-Methods"]
    assert allowed == "'GET,OPTIONS,PUT'"
    answers = methods["GET /pets"]["methodIntegration"]["integrationResponses"]
    assert {status: answer["responseParameters"] for status, answer in answers.items()} == {
        "200": {ORIGIN: "'*'"},
        "404": {ORIGIN: "'*'"},
    }
    assert methods["GET /pets"]["methodResponses"]["404"]["responseParameters"] == {ORIGIN: False}
    assert notes == [
        f"nothing is served before: aws apigateway create-deployment --rest-api-id {api['id']} --stage-name ..."
    ]


def test_the_rest_of_the_api_stays_as_it_is(control: Control, port: Port) -> None:
    document = swagger({"/pets": ["GET"]}, **{"x-amazon-apigateway-binary-media-types": ["*/*"]})
    document["info"]["description"] = "kept"
    api = imported(control, document)
    before = control(get_rest_api, restapi_id=api["id"])
    parts = describe_parts(control, api)

    add_cors_to_api(port, api["id"], CorsOptions())

    assert control(get_rest_api, restapi_id=api["id"]) == before
    assert describe_parts(control, api) == parts
    integration = describe_rest(control, api)["methods"]["OPTIONS /pets"]["methodIntegration"]
    assert integration["contentHandling"] == "CONVERT_TO_TEXT"


def test_a_second_run_changes_its_own_methods(control: Control, port: Port) -> None:
    api = imported(control, swagger({"/pets": ["GET"]}))
    add_cors_to_api(port, api["id"], CorsOptions())

    add_cors_to_api(port, api["id"], CorsOptions("https://shop.example"))

    for method in describe_rest(control, api)["methods"].values():
        [answer] = method["methodIntegration"]["integrationResponses"].values()
        assert answer["responseParameters"][ORIGIN] == "'https://shop.example'"


def test_proxies_and_options_of_the_owner_stay(control: Control, port: Port) -> None:
    document = swagger({"/pets": ["OPTIONS"]})
    document["paths"]["/pets"]["get"] = operation(**{"x-amazon-apigateway-integration": HTTP_PROXY})
    api = imported(control, document)
    before = describe_rest(control, api)

    notes = add_cors_to_api(port, api["id"], CorsOptions())

    assert describe_rest(control, api) == before
    assert notes[:2] == [
        "GET /pets passes what its backend answers: the backend must send Access-Control-Allow-Origin",
        "OPTIONS /pets is there already: it is left as it is",
    ]


def test_errors_of_the_gateway_get_the_header_where_asked(control: Control, port: Port) -> None:
    responses = {"DEFAULT_4XX": {"statusCode": 400, "responseParameters": {"gatewayresponse.header.X": "'1'"}}}
    api = imported(control, swagger({"/": ["GET"]}, **{"x-amazon-apigateway-gateway-responses": responses}))

    add_cors_to_api(port, api["id"], CorsOptions(has_gateway_responses=True))

    made = describe_rest(control, api)["gateway_responses"]
    origin = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    assert made["DEFAULT_4XX"]["responseParameters"] == {"gatewayresponse.header.X": "'1'", **origin}
    assert made["DEFAULT_4XX"]["statusCode"] == "400"
    assert made["DEFAULT_5XX"]["responseParameters"] == origin


def test_a_large_api_is_read_to_its_end(control: Control, port: Port) -> None:
    api = imported(control, swagger({f"/p{number}": ["GET"] for number in range(501)}))

    add_cors_to_api(port, api["id"], CorsOptions())

    assert port.called.count("GetResources") == 2
    assert len(describe_rest(control, api)["methods"]) == 1002
