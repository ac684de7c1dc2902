"""Cases of REST APIs on the wire: one file is one API, and what is sent to it, asked of its backend and answered.

    about: where the facts are from
    api: further members of the OpenAPI document
    variables: stage variables
    methods: by `VERB /path`: an integration, and what else the operation has
    cases: what is sent, what the backend answers, what it was asked, what the client is answered

`BACKEND` stands for the URL of the backend; an integration without a `uri` asks it for the path of its resource.
"""

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from tests.support.client import Answer, tls_socket
from tests.support.limen_process import LimenProcess

DIRECTORY = Path(__file__).parents[1] / "cases" / "rest"

_SOURCE = re.compile(r"method\.request\.(?:multivalue)?(path|querystring|header)\.([A-Za-z0-9._$-]+)")
_PLACE = {"path": "path", "querystring": "query", "header": "header"}


class CaseFile(Struct, frozen=True):
    methods: dict[str, dict[str, Any]]
    cases: list[dict[str, Any]]
    about: str
    api: dict[str, Any] = {}
    variables: dict[str, str] = {}


def read_case_file(name: str) -> CaseFile:
    content = yaml.safe_load((DIRECTORY / f"{name}.yaml").read_text())
    return CaseFile(**content)


def all_cases() -> Iterator[tuple[str, int, str]]:
    """File, place in it, and a name."""
    for file in sorted(DIRECTORY.glob("*.yaml")):
        for index, case in enumerate(read_case_file(file.stem).cases):
            yield file.stem, index, f"{file.stem}: {case.get('name', case['send'])}"


def document_of(file: CaseFile, title: str, backend: str) -> dict[str, Any]:
    """The OpenAPI document of an API."""
    paths: dict[str, dict[str, Any]] = {}
    for key, method in file.methods.items():
        verb, path = key.split(" ")
        name = "x-amazon-apigateway-any-method" if verb == "ANY" else verb.lower()
        paths.setdefault(path, {})[name] = _operation(method, path)
    document = {"swagger": "2.0", "info": {"title": title, "version": "1"}, "paths": paths, **file.api}
    text: str = json.dumps(document).replace("BACKEND", backend)
    return dict(json.loads(text))


def _operation(method: dict[str, Any], path: str) -> dict[str, Any]:
    """Whatever a mapping reads or sets is declared, as API Gateway wants it."""
    integration = {
        "uri": f"BACKEND{path}",
        "httpMethod": "ANY",
        "responses": {"default": {"statusCode": "200"}},
        **method["integration"],
    }
    if integration["type"] == "mock":
        del integration["uri"], integration["httpMethod"]
    declared: dict[str, dict[str, Any]] = {}
    for response in integration["responses"].values():
        headers = declared.setdefault(response["statusCode"], {"description": "", "headers": {}})["headers"]
        for key in response.get("responseParameters", {}):
            headers[key.removeprefix("method.response.header.")] = {"type": "string"}
    own = method.get("parameters", [])
    mapped = [source for text in integration.get("requestParameters", {}).values() for source in _SOURCE.findall(text)]
    mapped += [("path", name) for name in re.findall(r"\{([^{}+]+)\+?\}", path)]
    wanted = {(_PLACE[place], name) for place, name in mapped} - {(each["in"], each["name"]) for each in own}
    parameters = [
        {"in": place, "name": name, "type": "string", "required": place == "path"} for place, name in sorted(wanted)
    ]
    return {
        "x-amazon-apigateway-integration": integration,
        "responses": declared,
        **{name: value for name, value in method.items() if name != "integration"},
        "parameters": [*own, *parameters],
    }


def deploy_cases(limen: LimenProcess, file: CaseFile, title: str, backend: str) -> str:
    """The id of the API, deployed to `prod`."""
    client = limen.client("apigateway")
    body = json.dumps(document_of(file, title, backend))
    api_id = str(client.import_rest_api(body=body.encode(), failOnWarnings=False)["id"])
    client.create_deployment(restApiId=api_id, stageName="prod", variables=file.variables)
    return api_id


def send_case(limen: LimenProcess, api_id: str, case: dict[str, Any]) -> Answer:
    """Each case on a connection of its own, with the headers that it names and no others but Host and the length."""
    method, target = case["send"].split(" ", 1)
    body = as_bytes(case.get("body"))
    headers = {"Host": f"{limen.host_of(api_id)}", **case.get("headers", {})}
    if body or method not in ("GET", "HEAD", "OPTIONS"):
        headers["Content-Length"] = len(body)
    lines = [f"{method} /prod{target} HTTP/1.1", *(f"{name}: {value}" for name, value in each_header(headers))]
    with tls_socket(limen.port, limen.ca, limen.host_of(api_id)) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        received = [(name.lower(), value) for name, value in response.getheaders()]
        return Answer(response.status, received, response.read())


def each_header(headers: dict[str, Any]) -> list[tuple[str, str]]:
    """A list of values is as many headers."""
    values = {name: value if isinstance(value, list) else [value] for name, value in headers.items()}
    return [(name, str(one)) for name, many in values.items() for one in many]


def as_bytes(body: Any) -> bytes:
    """Text, bytes as they are, or anything else as JSON."""
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
