"""One request through the integration of one REST method to a backend on a socket, without a listener in front."""

import asyncio
from collections.abc import Mapping
from typing import Any

from limen.features.vpc_links import VpcLinks
from limen.gateway.domain_match import DomainMatch
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import Step
from limen.gateway.trace import Trace
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.rest.compile import compile_rest_integration
from limen.integrations.rest.scope import RestScope
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.upstream.client import Upstream
from limen.wire import Headers
from tests.integrations.proxying import Outcome, pass_through, stage_plan
from tests.support.exchanges import exchange as make_exchange
from tests.upstream.backends import Handler, backend, read_request, run, upstream

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


def response(body: bytes, headers: str = "Content-Type: application/json", status: int = 200) -> bytes:
    """What a backend answers."""
    return f"HTTP/1.1 {status} X\r\n{headers}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def integrate(
    request_line: str = "GET /pets/7",
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    body: bytes = b"",
    *,
    resource: str = "/pets/{id}",
    uri: str = "http://BACKEND/pets/{id}",
    kind: str = "HTTP_PROXY",
    path: Mapping[str, str] | None = None,
    variables: dict[str, str] | None = None,
    binary: tuple[str, ...] = (),
    answer: bytes = PLAIN,
    handler: Handler | None = None,
    vpc_links: dict[str, str] | None = None,
    method: dict[str, Any] | None = None,
    traced: bool = False,
    domain: DomainMatch | None = None,
    **integration: Any,
) -> Outcome:
    """BACKEND in a URI or an address is the backend's host and port; `path` are the path parameters.

    The backend is every AWS service too.
    """
    requests: list[bytes] = []

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            requests.append(await read_request(reader))
            writer.write(answer)

    async def main() -> Exchange:
        async with backend(handler or record) as server, upstream() as client:
            authority = f"127.0.0.1:{server.origin.port}"
            links = {key: address.replace("BACKEND", authority) for key, address in (vpc_links or {}).items()}
            document = {"type": kind, "uri": uri.replace("BACKEND", authority), "httpMethod": "ANY", **integration}
            if uri.endswith("/pets/{id}") and "requestParameters" not in document:
                document["requestParameters"] = {"integration.request.path.id": "method.request.path.id"}
            scope = rest_scope(variables, binary)
            services = ServiceEndpoints(client, endpoint_url=f"http://{authority}")
            step = compile_step({**document}, client, resource, scope, links, method, services)
            exchange = make_exchange(request_line, None, body)
            added = headers.items() if isinstance(headers, dict) else headers or []
            fields = [(name.lower().encode(), name.encode(), value.encode()) for name, value in added]
            exchange.headers = Headers((*exchange.headers, *fields))
            if traced:
                exchange.trace = Trace(is_thorough=True)
            exchange.stage, exchange.domain = stage_plan("prod", variables), domain
            exchange.route_path = exchange.path
            exchange.path_parameters = dict(path) if path is not None else {"id": "7"}
            await pass_through(step, exchange)
            return exchange

    return Outcome(run(main()), requests)


def rest_scope(variables: dict[str, str] | None = None, binary: tuple[str, ...] = ()) -> RestScope:
    return RestScope("000000000000", "us-east-1", "abc123", "prod", variables or {}, binary)


def compile_step(
    integration: dict[str, Any],
    client: Upstream,
    resource: str = "/pets/{id}",
    scope: RestScope | None = None,
    vpc_links: dict[str, str] | None = None,
    method: dict[str, Any] | None = None,
    services: Any = None,
) -> Step:
    document = {
        "httpMethod": "ANY",
        "authorizationType": "NONE",
        "methodResponses": {"200": {"statusCode": "200"}},
        **(method or {}),
        "methodIntegration": integration,
    }
    links = VpcLinks(vpc_links or {})
    return compile_rest_integration(
        document,
        {"id": "abc", "path": resource},
        scope or rest_scope(),
        client,
        links,
        services if isinstance(services, FunctionBackends) else FunctionBackends(services),
    )
