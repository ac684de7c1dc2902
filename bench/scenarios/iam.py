"""What AWS_IAM authorization costs: a route that takes signed requests beside the same route that anybody may call."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from bench.client import Probe
from bench.limen_server import LimenServer, integration, write_api
from bench.load import Request
from bench.machine import PROXY_CORE, pin
from bench.peers import Peer, fresh_directory, running_backend
from bench.report import Row, ratio_row
from bench.rounds import Options, run_rounds
from limen.aws.credentials import AccessKey
from limen.aws.request import AwsRequest
from limen.aws.sigv4 import sign
from limen.wire import header

AHEAD = 270
"""Seconds: what is signed for a moment so far ahead is good already, and for nine and a half minutes."""
POLICY = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:us-east-1:*:*/*/GET/*"}


def measure_iam(options: Options) -> list[Row]:
    """A user's signature by version 4, weighed by the user's policy; both routes are sent it."""
    with running_backend() as backend, running_routes(backend) as (open_route, guarded, headers):
        rounds = run_rounds([open_route, guarded], Request("", headers), options)
    return [
        ratio_row(
            "iam",
            "SigV4: CPU per request to the open route",
            [measured.cpu_us for measured in rounds[guarded.name]],
            [measured.cpu_us for measured in rounds[open_route.name]],
            "us",
            target="<= 2.5",
            is_sound=not any(measured.load.failed for each in rounds.values() for measured in each),
        )
    ]


@contextmanager
def running_routes(backend: int) -> Iterator[tuple[Peer, Peer, dict[str, str]]]:
    """Two routes of one Limen, and headers that the guarded one takes."""
    directory = fresh_directory("limen")
    to_backend = integration(f"http://127.0.0.1:{backend}/v1/orders/42", "GET")
    guarded = {**to_backend, "x-amazon-apigateway-auth": {"type": "AWS_IAM"}}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "bench", "version": "1.0"},
        "paths": {"/open": {"get": to_backend}, "/guarded": {"get": guarded}},
    }
    server = LimenServer(directory, write_api(document, directory / "openapi.json"))
    try:
        server.wait_until_ready()
        probe = Probe(server.port)
        server.running.wait_until(partial(probe.answers, "/open"))
        probe.close()
        headers = _signed_headers(_make_user(server), f"localhost:{server.port}")
        pin(server.running.pid, PROXY_CORE)
        peers = [Peer(name, server.running, server.port, f"/{name}") for name in ("open", "guarded")]
        yield peers[0], peers[1], headers
    finally:
        server.stop()


def _make_user(server: LimenServer) -> AccessKey:
    iam: Any = server.client("iam")
    iam.create_user(UserName="bench")
    document = json.dumps({"Version": "2012-10-17", "Statement": [POLICY]})
    iam.put_user_policy(UserName="bench", PolicyName="invoke", PolicyDocument=document)
    made = iam.create_access_key(UserName="bench")["AccessKey"]
    return AccessKey(made["AccessKeyId"], made["SecretAccessKey"])


def _signed_headers(key: AccessKey, host: str) -> dict[str, str]:
    request = AwsRequest("GET", "/guarded", "", [header(b"Host", host.encode())])
    added = sign(request, key, "us-east-1", "execute-api", time.time() + AHEAD)
    return {name.decode(): value.decode() for _, name, value in added}
