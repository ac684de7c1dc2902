"""AWS integrations go down the same way as HTTP ones: mapped, templated, then signed; answers are selected likewise."""

import asyncio
from typing import Any

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.integrations.backend_request import BackendRequest
from limen.integrations.rest.content import BinaryTypes
from limen.integrations.rest.custom import compile_custom
from limen.integrations.rest.custom_settings import CustomSettings
from limen.integrations.rest.request_mapping import RequestMapping
from limen.integrations.rest.responses import compile_selection
from limen.integrations.rest.templates import RequestTemplates
from limen.integrations.rest.uri import compile_uri
from limen.wire import Header, header
from tests.integrations.proxying import Outcome, pass_through
from tests.integrations.rest.integrating import integrate, response
from tests.support.exchanges import exchange as make_exchange
from tests.upstream.backends import backend, read_request, run, upstream

DEFAULT = {"200": {"statusCode": "200"}}


def call(uri: str, request_line: str = "POST /pets/7", body: bytes = b"{}", **given: Any) -> Outcome:
    integration = {"httpMethod": "POST", "integrationResponses": DEFAULT, **given}
    return integrate(request_line, None, body, kind="AWS", uri=f"arn:aws:apigateway:us-east-1:{uri}", **integration)


def test_a_json_action_is_called_and_signed() -> None:
    outcome = call(
        "dynamodb:action/GetItem",
        requestTemplates={"application/json": '{"Key": "$input.params(\'id\')"}'},
        integrationResponses={"200": {"statusCode": "200", "responseTemplates": {"application/json": "$input.body"}}},
        answer=response(b'{"Item": 1}'),
    )
    assert outcome.request_line.startswith("POST /")
    assert outcome.sent("X-Amz-Target") == ["DynamoDB_20120810.GetItem"]
    assert outcome.sent("Content-Type") == ["application/x-amz-json-1.0"]
    assert outcome.sent("Authorization")[0].startswith("AWS4-HMAC-SHA256 Credential=")
    assert outcome.sent("x-amzn-apigateway-api-id") == []
    assert outcome.body == b'{"Key": "7"}'
    assert outcome.response.body == b'{"Item": 1}'
    assert outcome.received("X-Amzn-Trace-Id") == [outcome.exchange.trace_id.decode()]


def test_a_path_is_filled_by_mapping() -> None:
    outcome = call(
        "s3:path/{bucket}/{key}",
        "GET /pets/7",
        httpMethod="GET",
        requestParameters={
            "integration.request.path.bucket": "'pets'",
            "integration.request.path.key": "method.request.path.id",
        },
        answer=response(b"ok", "Content-Type: text/plain"),
    )
    assert outcome.target == "/pets/7"
    assert outcome.response.status == 200


def test_mapped_headers_of_the_signature_are_refused() -> None:
    outcome = call("sqs:action/SendMessage", requestParameters={"integration.request.header.Authorization": "'x'"})
    assert isinstance(outcome.exchange.failure, GatewayError)
    assert outcome.exchange.failure.failure.name == "API_CONFIGURATION_ERROR"
    assert outcome.requests == []


class Late:
    """A service that takes a while to sign."""

    url = "http://unused"
    headers: tuple[Header, ...] = ()

    def __init__(self, error: GatewayError | None = None) -> None:
        self._error = error

    async def finish(self, request: BackendRequest, exchange: Exchange) -> None:
        await asyncio.sleep(0)
        if self._error is not None:
            raise self._error
        request.headers.append(header(b"Signed", b"late"))


def signed_late(error: GatewayError | None = None) -> Outcome:
    requests: list[bytes] = []

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            requests.append(await read_request(reader))
            writer.write(response(b"{}"))

    async def main() -> Any:
        async with backend(record) as server, upstream() as client:
            integration = {"integrationResponses": DEFAULT}
            settings = CustomSettings(
                uri=compile_uri(f"http://127.0.0.1:{server.origin.port}/"),
                route="/",
                make_path=lambda _: b"/",
                make_query=None,
                method=b"POST",
                timeout=5,
                mapping=RequestMapping(),
                templates=RequestTemplates({}, None),
                selection=compile_selection(integration, {"methodResponses": {"200": {}}}, {}),
                binary_types=BinaryTypes(()),
                content_handling=None,
                api_id=b"abc123",
                variables={},
                service=Late(error),
                is_service=True,
            )
            exchange = make_exchange("POST /", None, b"{}")
            await pass_through(compile_custom(settings, client), exchange)
            return exchange

    return Outcome(run(main()), requests)


def test_a_signature_that_takes_a_call_is_waited_for() -> None:
    assert signed_late().sent("Signed") == ["late"]


def test_a_signature_that_fails_ends_the_exchange() -> None:
    outcome = signed_late(GatewayError(API_CONFIGURATION_ERROR, "no role"))
    assert isinstance(outcome.exchange.failure, GatewayError)
    assert outcome.exchange.failure.reason == "no role"
    assert outcome.requests == []
