"""`limen cors FILE`: the file with CORS added, printed or written."""

import json
from pathlib import Path

import yaml

from tests.cli.conftest import Limen
from tests.support.apis import openapi
from tests.support.rest_apis import swagger

YAML = """\
# A REST API
openapi: 3.0.1
info: {title: pets, version: "1.10"}
paths:
  /pets:
    get:
      responses: {"200": {description: fine}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates:
          application/json: |
            #set($code = 200)
            {"statusCode": $code}
        responses: {default: {statusCode: "200"}}
"""


def test_a_json_file_is_printed_with_cors(limen: Limen, tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(swagger({"/pets": ["GET"]})))

    ended = limen("cors", file, "--origin", "https://shop.example", "--credentials", "--max-age", "60")

    assert (ended.code, ended.err) == (0, "")
    document = json.loads(ended.out)
    responses = document["paths"]["/pets"]["options"]["x-amazon-apigateway-integration"]["responses"]
    sent = responses["default"]["responseParameters"]
    assert sent["method.response.header.Access-Control-Allow-Origin"] == "'https://shop.example'"
    assert sent["method.response.header.Access-Control-Allow-Credentials"] == "'true'"
    assert sent["method.response.header.Access-Control-Max-Age"] == "'60'"
    assert "options" not in file.read_text()


def test_a_yaml_file_stays_yaml(limen: Limen, tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(YAML)

    ended = limen("cors", file, "--gateway-responses")

    document = yaml.safe_load(ended.out)
    assert document["info"]["version"] == "1.10"
    assert document["x-amazon-apigateway-gateway-responses"].keys() == {"DEFAULT_4XX", "DEFAULT_5XX"}
    assert 'application/json: |\n            #set($code = 200)\n            {"statusCode": $code}\n' in ended.out
    assert "comments of YAML files are not kept" in ended.err


def test_a_file_is_written_where_asked(limen: Limen, tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(YAML)

    ended = limen("cors", file, "--write", "--headers", "x-a", "--methods", "GET")

    assert ended.out == ""
    options = yaml.safe_load(file.read_text())["paths"]["/pets"]["options"]
    sent = options["x-amazon-apigateway-integration"]["responses"]["default"]["responseParameters"]
    assert sent["method.response.header.Access-Control-Allow-Headers"] == "'x-a'"
    assert limen("check", file).code == 0


def test_an_http_api_has_cors_of_its_own(limen: Limen, tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(openapi({"/a": "https://a.example"})))

    refused = limen("cors", file)
    told = limen("cors", file, "--type", "rest")

    assert refused.code == 1
    assert "describes an HTTP API, which has x-amazon-apigateway-cors" in refused.err
    assert told.code == 0
    assert "the backend must send Access-Control-Allow-Origin" in told.err


def test_what_cannot_be_done_is_refused(limen: Limen, tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(swagger({"/pets": ["GET"]})))
    broken = tmp_path / "broken.json"
    broken.write_text('{"swagger": "2.0",\n "info": {}}')

    assert "name the origin" in limen("cors", file, "--credentials").err
    assert "give a FILE or --api ID" in limen("cors").err
    assert "give a FILE or --api ID" in limen("cors", file, "--api", "abc").err
    assert "broken.json:2:2: attribute info.title is missing" in limen("cors", broken).err
    assert limen("cors", tmp_path / "absent.json").code == 2
