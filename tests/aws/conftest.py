"""A real server for real SDKs: an AwsApi behind uvicorn, on a port of its own."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import uvicorn
from botocore.config import Config

from limen.aws.call import AwsCall
from limen.aws.credentials import StaticCredentials
from limen.aws.server import AwsApi

ACCESS_KEY_ID = "AKIDLIMENTESTS"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Operations:
    """Stands for the control plane: remembers the calls, answers or raises what it was told."""

    def __init__(self) -> None:
        self.calls: list[AwsCall] = []
        self.output: dict[str, Any] = {}
        self.error: Exception | None = None
        self.delay = 0.0

    async def __call__(self, call: AwsCall) -> dict[str, Any]:
        self.calls.append(call)
        await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error
        return self.output


class AwsServer:
    def __init__(self, url: str, operations: Operations, clock: list[float]) -> None:
        self.url = url
        self.operations = operations
        self.clock_shift = clock

    def client(self, **options: Any) -> Any:
        given = {
            "aws_access_key_id": ACCESS_KEY_ID,
            "aws_secret_access_key": SECRET,
            "region_name": "eu-central-1",
            "endpoint_url": self.url,
            "config": Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        }
        return boto3.client(options.pop("service", "apigatewayv2"), **{**given, **options})


@pytest.fixture(scope="module")
def running_server() -> Iterator[AwsServer]:
    operations = Operations()
    shift = [0.0]

    async def invoke(call: AwsCall) -> dict[str, Any]:
        return await operations(call)

    credentials = StaticCredentials({ACCESS_KEY_ID: SECRET})
    api = AwsApi(["apigatewayv2"], credentials, invoke, clock=lambda: time.time() + shift[0], account="123456789012")
    with serving(api) as url:
        yield AwsServer(url, operations, shift)


@pytest.fixture
def server(running_server: AwsServer) -> AwsServer:
    running_server.operations.__init__()  # type: ignore[misc]
    running_server.clock_shift[0] = 0.0
    return running_server


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    uvicorn_server = uvicorn.Server(config)
    thread = threading.Thread(target=uvicorn_server.run, daemon=True)
    thread.start()
    try:
        while not uvicorn_server.started and thread.is_alive():
            thread.join(0.005)
        port = uvicorn_server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        uvicorn_server.should_exit = True
        thread.join(5)
