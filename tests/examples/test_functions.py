"""The example of functions: each handler with the events of both APIs, as its template names it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from limen.functions.runtimes import Place
from tests.support.proxy_events import http_event, rest_event
from tests.support.running_function import running

EXAMPLE = Path(__file__).parents[2] / "examples" / "functions"


class TemplateLoader(yaml.SafeLoader):
    """Reads !Ref and !Sub as their text."""


TemplateLoader.add_multi_constructor("!", lambda loader, tag, node: node.value)


def functions() -> dict[str, dict[str, Any]]:
    template = yaml.load((EXAMPLE / "template.yaml").read_text(), TemplateLoader)
    resources = template["Resources"].values()
    serverless = [one["Properties"] for one in resources if one["Type"] == "AWS::Serverless::Function"]
    return {one["FunctionName"]: one for one in serverless}


def call(name: str, event: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The body of the answer and what was logged."""
    properties = functions()[name]
    code = EXAMPLE / properties["CodeUri"]
    place = Place(code=code, task_root=str(code), opt="/opt", is_live=True)
    with running({}, properties["Handler"], properties["Runtime"], {"GREETING": "Hi"}, place=place) as function:
        answer = function.result(event)
        logged = function.end()
    assert answer["statusCode"] == 200
    body: dict[str, Any] = json.loads(answer["body"])
    return body, logged


@pytest.mark.parametrize(("event", "version", "stage"), [(rest_event, "1.0", "prod"), (http_event, "2.0", "$default")])
def test_hello_greets_both_apis(event: Callable[..., dict[str, Any]], version: str, stage: str) -> None:
    body, logged = call("hello", event("GET", "/hello/ada", pathParameters={"name": "ada"}))

    assert (body["message"], body["eventVersion"], body["stage"]) == ("Hi, ada!", version, stage)
    assert f"\tgreeting ada for an event of version {version}\n" in logged


@pytest.mark.parametrize("event", [rest_event, http_event])
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on PATH")
def test_visits_counts(event: Callable[..., dict[str, Any]]) -> None:
    body, logged = call("visits", event("GET", "/visits", queryStringParameters={"who": "ada"}))

    assert (body["who"], body["visits"]) == ("ada", 1)
    assert "\tINFO\tvisit 1\n" in logged
