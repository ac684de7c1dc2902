"""`limen routes`: a table for people, JSON for programs."""

import json
from pathlib import Path

from tests.cli.admin import running
from tests.cli.conftest import Limen

ROUTE = {
    "apiId": "a1b2c3d4e5",
    "apiName": "orders\x1b[2J",
    "protocolType": "HTTP",
    "stage": "$default",
    "routeKey": "GET /orders/{id}",
    "integration": "HTTP_PROXY http://127.0.0.1:9000/{id}",
    "authorizer": "NONE",
    "url": "https://a1b2c3d4e5.execute-api.us-east-1.localhost:8443/orders/{id}",
}


def test_a_table(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path, {"/_limen/routes": (200, [ROUTE])}):
        ended = limen("routes", "--data-dir", tmp_path)
    assert ended.code == 0
    title, row = ended.out.splitlines()
    assert title.split() == ["API", "NAME", "STAGE", "ROUTE", "INTEGRATION", "AUTHORIZER", "URL"]
    assert row.startswith("a1b2c3d4e5  orders?[2J  $default  GET /orders/{id}  HTTP_PROXY http://")
    assert row.endswith(ROUTE["url"])


def test_json(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path, {"/_limen/routes": (200, [ROUTE])}):
        ended = limen("routes", "--json", "--data-dir", tmp_path)
    assert json.loads(ended.out) == [ROUTE]
