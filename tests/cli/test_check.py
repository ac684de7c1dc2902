"""`limen check FILE`: what would be enforced, stored, refused."""

import json
import re
from pathlib import Path

from tests.cli.conftest import Limen

FINE = """
openapi: "3.0.1"
info: {title: orders, version: "1"}
paths:
  /orders:
    get:
      responses: {"200": {description: fine}}
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: GET
        uri: http://127.0.0.1:9000/orders
        payloadFormatVersion: "1.0"
"""


def test_a_file_that_is_served(limen: Limen, tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(FINE)
    ended = limen("check", "openapi.yaml")
    assert ended.code == 0
    enforced, stored, refused = ended.out.splitlines()[:3]
    assert enforced.startswith("enforced: ")
    assert stored.startswith("stored: ")
    assert refused == "refused: 0"


def test_a_file_that_is_refused_says_what_and_why(limen: Limen, tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(FINE.replace("http_proxy", "nonsense"))
    ended = limen("check", "openapi.yaml")
    assert ended.code == 1
    assert re.match(r"openapi\.yaml:8:\d+: .*nonsense", ended.out)
    assert re.search(r"^refused: /paths/~1orders/get/.*/type \(line 9\): .*nonsense", ended.out, re.MULTILINE)


def test_what_makes_it_a_rest_api_is_said(limen: Limen, tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(FINE + "x-amazon-apigateway-binary-media-types: []\n")
    said = "a REST API for its x-amazon-apigateway-binary-media-types, line 13"
    assert limen("check", "openapi.yaml").out.splitlines()[3] == said
    assert said not in limen("check", "openapi.yaml", "--type", "rest").out


def test_json(limen: Limen, tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(FINE)
    report = json.loads(limen("check", "--json", "openapi.yaml").out)
    assert report["errors"] == []
    assert {"pointer", "property", "classification", "reason"} <= report["rows"][0].keys()


def test_a_file_that_cannot_be_read_is_2(limen: Limen, tmp_path: Path) -> None:
    assert limen("check", "absent.yaml").code == 2
    assert limen("check", tmp_path).code == 2


def test_what_is_not_yaml_is_refused_with_its_place(limen: Limen, tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text("openapi: [")
    ended = limen("check", "openapi.yaml")
    assert ended.code == 1
    [line] = ended.out.splitlines()
    assert line.startswith("openapi.yaml:1:11: ")
