"""`limen functions`: all pages, with the URLs that lead to each."""

import json
from pathlib import Path

from limen.cli.functions import urls_of
from tests.cli.admin import running
from tests.cli.conftest import Limen

ARN = "arn:aws:lambda:us-east-1:000000000000:function:hello"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}:live/invocations"


def test_urls_are_those_of_routes_that_call_it() -> None:
    routes = [
        {"url": "/uri", "integration": f"AWS_PROXY {INVOCATION}"},
        {"url": "/arn", "integration": f"AWS_PROXY {ARN}"},
        {"url": "/qualified", "integration": f"AWS_PROXY {ARN}:1"},
        {"url": "/other", "integration": f"AWS_PROXY {ARN}2"},
        {"url": "/http", "integration": "HTTP_PROXY http://localhost"},
    ]

    assert urls_of({"FunctionArn": ARN}, routes) == ["/uri", "/arn", "/qualified"]


class TwoPages:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def call_lambda(self, path: str, query: str = "") -> dict:
        self.asked.append(f"{path}?{query}")
        return {"Functions": [{"FunctionName": str(len(self.asked))}], "NextMarker": "" if query else "a b"}


def test_all_pages_are_asked_for() -> None:
    from limen.cli.functions import list_functions

    port = TwoPages()

    assert [each["FunctionName"] for each in list_functions(port)] == ["1", "2"]
    assert port.asked == ["/2015-03-31/functions?", "/2015-03-31/functions?Marker=a%20b"]


def test_a_server_without_answers_is_named(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path / "data", {"/_limen/routes": (200, [])}) as data:
        ended = limen("functions", "--json", "--data-dir", data.path)

    assert ended.code == 1
    assert json.dumps("not signed").strip('"') in ended.err
