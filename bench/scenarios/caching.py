"""A response of 1 KB that a REST API has kept: beside nginx, which proxies it, and a mock that answers as much."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.client import Probe
from bench.limen_server import LimenServer
from bench.load import Request
from bench.machine import PROXY_CORE, pin
from bench.nginx import SMALL
from bench.peers import Peer, fresh_directory, running_backend, running_nginx
from bench.report import Row, ratio_row
from bench.rounds import Options, Round, run_rounds

HIT, MOCK = "/download/1k", "/mocked/1k"


def measure_caching(options: Options) -> list[Row]:
    """The key is the path; metrics on, no logs."""
    with running_backend() as backend, running_nginx(backend) as nginx, _running_limen(backend) as limen:
        nginx.prefix = ""
        hits: list[Round] = []
        proxied: list[Round] = []
        mocked: list[Round] = []
        for _ in range(options.rounds_or(3)):
            rounds = run_rounds([nginx, limen], Request(HIT), options.once())
            hits += rounds["limen"]
            proxied += rounds["nginx"]
            mocked += run_rounds([limen], Request(MOCK), options.once())["limen"]
    is_sound = not any(each.load.failed for each in hits + mocked)
    costs = [each.cpu_us for each in hits]
    return [
        ratio_row(
            "caching",
            "CPU per hit to nginx proxying",
            costs,
            [each.cpu_us for each in proxied],
            "us",
            target="<= 0.8",
            is_sound=is_sound,
        ),
        ratio_row(
            "caching",
            "CPU per hit to a mock",
            costs,
            [each.cpu_us for each in mocked],
            "us",
            target="<= 1",
            is_sound=is_sound,
        ),
    ]


@contextmanager
def _running_limen(backend: int) -> Iterator[Peer]:
    server = LimenServer(fresh_directory("limen"))
    try:
        server.wait_until_ready()
        _put_api(server, f"http://127.0.0.1:{backend}")
        probe = Probe(server.port)
        server.running.wait_until(lambda: probe.answers(f"/prod{HIT}"))
        probe.close()
        pin(server.running.pid, PROXY_CORE)
        yield Peer("limen", server.running, server.port, "/prod")
    finally:
        server.stop()


def _put_api(server: LimenServer, backend: str) -> None:
    client = server.client("apigateway")
    api_id = client.create_rest_api(name="cached")["id"]
    root = client.get_resources(restApiId=api_id)["items"][0]["id"]
    named = {
        "type": "HTTP_PROXY",
        "integrationHttpMethod": "GET",
        "uri": f"{backend}/download/{{name}}",
        "requestParameters": {"integration.request.path.name": "method.request.path.name"},
        "cacheKeyParameters": ["method.request.path.name"],
    }
    _put_method(client, api_id, root, "download", named)
    mock = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    on = _put_method(client, api_id, root, "mocked", mock)
    client.put_method_response(**on, statusCode="200")
    answer = {"application/json": "x" * SMALL["1k"]}
    client.put_integration_response(**on, statusCode="200", responseTemplates=answer)
    client.create_deployment(restApiId=api_id, stageName="prod")
    patch = {
        "/cacheClusterEnabled": "true",
        "/~1download~1{name}/GET/caching/enabled": "true",
        "/~1download~1{name}/GET/caching/ttlInSeconds": "3600",
    }
    operations = [{"op": "replace", "path": path, "value": value} for path, value in patch.items()]
    client.update_stage(restApiId=api_id, stageName="prod", patchOperations=operations)


def _put_method(client: Any, api_id: str, root: str, name: str, integration: dict[str, Any]) -> dict[str, str]:
    """On `/{name}/{name}`."""
    parent = client.create_resource(restApiId=api_id, parentId=root, pathPart=name)["id"]
    resource = client.create_resource(restApiId=api_id, parentId=parent, pathPart="{name}")["id"]
    on = {"restApiId": api_id, "resourceId": resource, "httpMethod": "GET"}
    client.put_method(**on, authorizationType="NONE", requestParameters={"method.request.path.name": True})
    client.put_integration(**on, **integration)
    return on
