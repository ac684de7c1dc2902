"""Frameworks that users put behind API Gateway, under our runtimes."""

import base64
import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from limen.functions.runtimes import Place
from tests.support.node_packages import node_modules
from tests.support.proxy_events import http_event, http_event_1_0, rest_event
from tests.support.running_function import RunningFunction, running

PYTHON = "python{}.{}".format(*sys.version_info)
OVERRIDES = {PYTHON: sys.executable}
NODE = "nodejs20.x"

Event = Callable[..., dict[str, Any]]
EVERY_EVENT = pytest.mark.parametrize("event", [rest_event, http_event, http_event_1_0])

POWERTOOLS = """
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import {resolver}
app = {resolver}()
logger = Logger(service="pets")
@app.get("/pets/<name>")
def get_pet(name):
    return {{"name": name, "query": app.current_event.get_query_string_value("q")}}
@app.post("/pets")
def post_pet():
    logger.info("made")
    return app.current_event.json_body, 201
@logger.inject_lambda_context
def handler(event, context):
    return app.resolve(event, context)
"""

MANGUM = """
from mangum import Mangum
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
async def pet(request):
    return JSONResponse({"name": request.path_params["name"], "q": request.query_params.get("q"),
                         "cookie": request.cookies.get("a"), "body": (await request.body()).decode(),
                         "ip": request.client.host}, headers={"x-pet": "1"})
async def image(request):
    return Response(bytes(range(256)), media_type="image/png")
handler = Mangum(Starlette(routes=[Route("/pets/{name}", pet, methods=["GET", "POST"]), Route("/image", image)]),
                 lifespan="off")
"""

FLASK = """
from apig_wsgi import make_lambda_handler
from flask import Flask, jsonify, request
app = Flask(__name__)
@app.route("/pets/<name>", methods=["GET", "POST"])
def pet(name):
    answer = jsonify(name=name, q=request.args.get("q"), cookie=request.cookies.get("a"),
                     body=request.get_data(as_text=True), ip=request.remote_addr)
    answer.set_cookie("b", "2")
    return answer
handler = make_lambda_handler(app, binary_support=True)
"""

SERVERLESS_HTTP = """
const serverless = require('serverless-http');
exports.handler = serverless((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.statusCode = 201;
  response.end(JSON.stringify({ method: request.method, url: request.url, body: request.body?.toString() ?? '' }));
});
"""

FASTIFY = """
const fastify = require('fastify');
const awsLambdaFastify = require('@fastify/aws-lambda').default;
const app = fastify();
app.route({ method: ['GET', 'POST'], url: '/pets/:name', handler: async (request) => ({
  name: request.params.name, q: request.query.q, body: request.body }) });
exports.handler = awsLambdaFastify(app);
"""


@pytest.mark.parametrize(
    ("resolver", "event"),
    [("APIGatewayRestResolver", rest_event), ("APIGatewayHttpResolver", http_event)],
)
def test_powertools_resolve(resolver: str, event: Event) -> None:
    pytest.importorskip("aws_lambda_powertools")
    query = {"queryStringParameters": {"q": "1"}}
    with running_python(POWERTOOLS.format(resolver=resolver)) as function:
        found = function.result(event("GET", "/pets/tom", **query))
        body = json.dumps({"name": "tom"})
        made = function.result(event("POST", "/pets", body=body, headers={"content-type": "application/json"}))
        missed = function.result(event("GET", "/cars"))
        printed = function.end()

    assert (found["statusCode"], json.loads(found["body"])) == (200, {"name": "tom", "query": "1"})
    assert (made["statusCode"], json.loads(made["body"])) == (201, {"name": "tom"})
    assert missed["statusCode"] == 404
    line = json.loads(next(line for line in printed.splitlines() if '"made"' in line))
    assert (line["service"], line["function_request_id"], line["cold_start"]) == ("pets", "r-1", False)


@EVERY_EVENT
def test_mangum_serves_starlette(event: Event) -> None:
    pytest.importorskip("mangum")
    with running_python(MANGUM) as function:
        answer = function.result(pet_request(event))
        image = function.result(event("GET", "/image"))

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"name": "tom", "q": "1", "cookie": "1", "body": "fur", "ip": "192.0.2.1"}
    assert (image["isBase64Encoded"], base64.b64decode(image["body"])) == (True, bytes(range(256)))


@EVERY_EVENT
def test_apig_wsgi_serves_flask(event: Event) -> None:
    pytest.importorskip("apig_wsgi")
    with running_python(FLASK) as function:
        answer = function.result(pet_request(event))

    assert answer["statusCode"] == 200
    body = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"]
    assert json.loads(body) == {"name": "tom", "q": "1", "cookie": "1", "body": "fur", "ip": "192.0.2.1"}


@pytest.mark.timeout(300)
@EVERY_EVENT
def test_serverless_http_serves_node(event: Event, tmp_path: Path) -> None:
    with running_node(SERVERLESS_HTTP, tmp_path) as function:
        answer = function.result(pet_request(event))

    assert answer["statusCode"] == 201
    assert json.loads(answer["body"]) == {"method": "POST", "url": "/pets/tom?q=1", "body": "fur"}


@pytest.mark.timeout(300)
@EVERY_EVENT
def test_fastify_is_served(event: Event, tmp_path: Path) -> None:
    with running_node(FASTIFY, tmp_path) as function:
        answer = function.result(pet_request(event))

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"name": "tom", "q": "1", "body": "fur"}


def pet_request(event: Event) -> dict[str, Any]:
    headers = {"content-type": "text/plain"}
    if event is http_event:
        query = {"queryStringParameters": {"q": "1"}}
        return event("POST", "/pets/tom", "q=1", body="fur", headers=headers, cookies=["a=1"], **query)
    queries = {"queryStringParameters": {"q": "1"}, "multiValueQueryStringParameters": {"q": ["1"]}}
    return event("POST", "/pets/tom", body="fur", headers={**headers, "Cookie": "a=1"}, **queries)


def running_python(code: str) -> AbstractContextManager[RunningFunction]:
    return running({"app.py": code}, "app.handler", PYTHON, overrides=OVERRIDES)


def running_node(code: str, folder: Path) -> AbstractContextManager[RunningFunction]:
    """With the packages of tests/node in a layer."""
    packages = node_modules() / "node_modules"
    (folder / "code").mkdir()
    (folder / "code/app.js").write_text(code)
    (folder / "opt/nodejs").mkdir(parents=True)
    (folder / "opt/nodejs/node_modules").symlink_to(packages)
    place = Place(code=folder / "code", task_root=str(folder / "code"), opt=str(folder / "opt"))
    return running({}, "app.handler", NODE, place=place)
