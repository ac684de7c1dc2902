"""Frameworks that users put behind API Gateway, end to end: a request over TLS, a real function, its answer."""

import importlib.metadata
import io
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Answer
from tests.support.function_apis import KINDS, Front, create_function, open_front, write_code
from tests.support.limen_process import LimenProcess
from tests.support.node_packages import node_modules

EVERY_BYTE = bytes(range(256))

POWERTOOLS = """
import base64
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import {resolver}, Response
from aws_lambda_powertools.event_handler.exceptions import BadRequestError
from aws_lambda_powertools.shared.cookies import Cookie
app = {resolver}()
logger = Logger(service="pets")
@app.get("/pets/<name>")
def get_pet(name):
    event = app.current_event
    return {{"name": name, "query": event.resolved_query_string_parameters, "agent": event.headers["user-agent"],
             "ip": event.request_context.{ip}}}
@app.post("/pets")
def post_pet():
    logger.info("made")
    return app.current_event.json_body, 201
@app.put("/images")
def put_image():
    image = base64.b64decode(app.current_event.body)
    return Response(200, "image/png", image[::-1], headers={{"X-Many": ["1", "2"]}},
                    cookies=[Cookie("a", "1"), Cookie("b", "2")])
@app.get("/bad")
def bad():
    raise BadRequestError("no such pet")
@app.get("/raise")
def fail():
    raise ValueError("as asked")
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
    answer = JSONResponse({"name": request.path_params["name"], "q": request.query_params.getlist("q"),
                           "cookies": request.cookies, "body": (await request.body()).decode(),
                           "ip": request.client.host, "url": str(request.url)}, headers={"x-pet": "1"})
    answer.set_cookie("b", "2")
    answer.set_cookie("c", "3")
    return answer
async def image(request):
    return Response((await request.body())[::-1], media_type="image/png")
async def fail(request):
    raise ValueError("as asked")
handler = Mangum(Starlette(routes=[Route("/pets/{name}", pet, methods=["GET", "POST"]),
                                   Route("/images", image, methods=["PUT"]), Route("/raise", fail)]), lifespan="off")
"""

FLASK = """
from apig_wsgi import make_lambda_handler
from flask import Flask, jsonify, request
app = Flask(__name__)
@app.route("/pets/<name>", methods=["GET", "POST"])
def pet(name):
    answer = jsonify(name=name, q=request.args.getlist("q"), cookies=request.cookies, url=request.url,
                     body=request.get_data(as_text=True), ip=request.remote_addr)
    answer.set_cookie("b", "2")
    answer.set_cookie("c", "3")
    answer.headers["x-pet"] = "1"
    return answer
@app.put("/images")
def image():
    return request.get_data()[::-1], {"Content-Type": "image/png"}
@app.get("/raise")
def fail():
    raise ValueError("as asked")
handler = make_lambda_handler(app, binary_support=True)
"""

SERVERLESS_HTTP = """
const serverless = require('serverless-http');
exports.handler = serverless((request, response) => {
  if (request.url === '/raise') throw new Error('as asked');
  const body = request.body ?? Buffer.alloc(0);
  const url = new URL(request.url, `https://${request.headers.host}`);
  if (url.pathname === '/images') {
    response.setHeader('content-type', 'image/png');
    return response.end(Buffer.from(body).reverse());
  }
  response.setHeader('content-type', 'application/json');
  response.setHeader('x-pet', '1');
  response.setHeader('set-cookie', ['b=2', 'c=3']);
  response.end(JSON.stringify({ name: decodeURIComponent(url.pathname.split('/')[2]), q: url.searchParams.getAll('q'),
    cookies: Object.fromEntries((request.headers.cookie ?? '').split(/; */).map((pair) => pair.split('='))),
    body: body.toString(), ip: request.ip, url: String(url) }));
}, { binary: ['image/png'] });
"""

FASTIFY = """
const fastify = require('fastify');
const awsLambdaFastify = require('@fastify/aws-lambda').default;
const app = fastify();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body));
app.route({ method: ['GET', 'POST'], url: '/pets/:name', handler: async (request, reply) => {
  reply.header('x-pet', '1').header('set-cookie', ['b=2', 'c=3']);
  return { name: request.params.name, q: [request.query.q].flat(),
    cookies: Object.fromEntries((request.headers.cookie ?? '').split(/; */).map((pair) => pair.split('='))),
    body: request.body?.toString() ?? '', ip: request.ip, url: `https://${request.headers.host}${request.url}` };
} });
app.put('/images', async (request, reply) => reply.type('image/png').send(Buffer.from(request.body).reverse()));
app.get('/raise', async () => { throw new Error('as asked'); });
exports.handler = awsLambdaFastify(app, { binaryMimeTypes: ['image/png'] });
"""

FRAMEWORKS = ("mangum", "flask", "serverless-http", "fastify")
RESOLVERS = {
    "rest": "APIGatewayRestResolver",
    "http-2.0": "APIGatewayHttpResolver",
    "http-1.0": "APIGatewayRestResolver",
}


class Fronts:
    """Made when a test first asks for one."""

    def __init__(self, limen: LimenProcess, directory: Path) -> None:
        self.limen = limen
        self._directory = directory
        self._functions: set[str] = set()
        self._fronts: dict[tuple[str, str], Front] = {}

    def front(self, framework: str, kind: str) -> Front:
        if (framework, kind) not in self._fronts:
            if framework not in self._functions:
                create_function(self.limen, framework, **self._given(framework))
                self._functions.add(framework)
            self._fronts[framework, kind] = open_front(self.limen, framework, kind)
        return self._fronts[framework, kind]

    def _given(self, framework: str) -> dict[str, Any]:
        folder = self._directory / framework
        if framework == "mangum":
            return {"code": {"ZipFile": vendored(MANGUM, "mangum", "starlette", "anyio", "idna", "typing_extensions")}}
        if framework == "flask":
            return {"code": write_code(folder, {"app.py": FLASK})}
        if framework in RESOLVERS.values():
            ip = "http.source_ip" if "Http" in framework else "identity.source_ip"
            return {"code": write_code(folder, {"app.py": POWERTOOLS.format(resolver=framework, ip=ip)})}
        code = write_code(folder, {"app.js": FASTIFY if framework == "fastify" else SERVERLESS_HTTP})
        return {"code": code, "Runtime": "nodejs20.x", "Layers": [self._layer()]}

    def _layer(self) -> str:
        """Of the packages of tests/node, from a directory."""
        layer = self._directory / "layer"
        if not layer.exists():
            packages = node_modules() / "node_modules"
            skipped = shutil.ignore_patterns("aws-lambda-ric", "node-gyp", "*.map", "*.d.ts", "test")
            shutil.copytree(packages, layer / "nodejs/node_modules", ignore=skipped, symlinks=True)
        content = {"S3Bucket": "local-directory", "S3Key": str(layer)}
        published = self.limen.client("lambda").publish_layer_version(LayerName="node-packages", Content=content)
        return str(published["LayerVersionArn"])


def vendored(code: str, *distributions: str) -> bytes:
    """A deployment package as `pip install --target` makes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", code)
        for name in distributions:
            for path in importlib.metadata.files(name) or ():
                if path.suffix == ".py" and ".." not in path.parts:
                    archive.write(os.fspath(path.locate()), str(path))
    return file.getvalue()


@pytest.fixture(scope="module")
def fronts(function_limen: LimenProcess, tmp_path_factory: pytest.TempPathFactory) -> Fronts:
    for package in ("mangum", "starlette", "flask", "apig_wsgi", "aws_lambda_powertools"):
        pytest.importorskip(package)
    return Fronts(function_limen, tmp_path_factory.mktemp("adapters"))


every_front = pytest.mark.parametrize("kind", KINDS)
every_framework = pytest.mark.parametrize("framework", FRAMEWORKS)


def set_cookies(answer: Answer) -> list[str]:
    return [value.partition(";")[0] for name, value in answer.headers if name == "set-cookie"]


@pytest.mark.timeout(300)
@every_front
@every_framework
def test_a_request_reaches_the_framework_whole(fronts: Fronts, framework: str, kind: str) -> None:
    front = fronts.front(framework, kind)
    headers = {"Content-Type": "text/plain", "Cookie": "a=1; z=26"}

    answer = front.send("POST", "/pets/tom%20cat?q=1&q=a%26b", headers, "für".encode())

    assert answer.status == 200, (answer, fronts.limen.log)
    told = answer.json
    assert (told["name"], told["q"]) == ("tom cat", ["1", "a&b"])
    assert (told["cookies"], told["body"], told["ip"]) == ({"a": "1", "z": "26"}, "für", "127.0.0.1")
    assert answer.header("x-pet") == "1"
    assert set_cookies(answer) == ["b=2", "c=3"]


@pytest.mark.timeout(300)
@every_front
@every_framework
def test_files_are_sent_and_received(fronts: Fronts, framework: str, kind: str) -> None:
    headers = {"Content-Type": "image/png", "Accept": "image/png"}

    answer = fronts.front(framework, kind).send("PUT", "/images", headers, EVERY_BYTE)

    assert (answer.status, answer.header("content-type")) == (200, "image/png")
    assert answer.body == EVERY_BYTE[::-1]


@pytest.mark.timeout(300)
@every_front
@every_framework
def test_errors_are_those_of_the_framework(fronts: Fronts, framework: str, kind: str) -> None:
    front = fronts.front(framework, kind)
    catches = framework != "serverless-http"  # else the function fails

    assert front.get("/nowhere").status == (404 if catches else 200)
    assert front.get("/raise").status == (500 if catches or kind != "rest" else 502)
    assert front.get("/pets/tom").status == 200


@every_front
def test_powertools_resolve(fronts: Fronts, kind: str) -> None:
    front = fronts.front(RESOLVERS[kind], kind)
    as_json = {"Content-Type": "application/json", "User-Agent": "tests"}
    as_image = {"Content-Type": "image/png", "Accept": "image/png"}

    found = front.get("/pets/tom?q=1&q=2", **as_json)
    made = front.send("POST", "/pets", as_json, b'{"name": "tom"}')
    image = front.send("PUT", "/images", as_image, EVERY_BYTE)

    assert (found.status, found.json) == (
        200,
        {"name": "tom", "query": {"q": ["1", "2"]}, "agent": "tests", "ip": "127.0.0.1"},
    )
    assert (made.status, made.json) == (201, {"name": "tom"})
    assert (image.status, image.body) == (200, EVERY_BYTE[::-1])
    assert [value for name, value in image.headers if name == "x-many"] == (
        ["1, 2"] if kind == "http-2.0" else ["1", "2"]
    )
    assert set_cookies(image) == ["a=1", "b=2"]
    assert (front.get("/bad").status, front.get("/bad").json["message"]) == (400, "no such pet")
    assert front.get("/cars").status == 404
    assert front.get("/raise").status == (502 if kind == "rest" else 500)
