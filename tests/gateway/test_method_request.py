"""Expressions that read a method request."""

import pytest

from limen.gateway.method_request import compile_source
from tests.gateway.test_table import stage
from tests.support.exchanges import exchange


def read(expression):
    asked = exchange("GET /prod/pets/7?a=1&a=2", {"X-Tag": "red"})
    asked.stage = stage("abc", "prod")
    asked.path_parameters = {"id": "7"}
    source = compile_source(expression, {"color": "blue"})
    return None if source is None else source(asked)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'static'", "static"),
        ("''", ""),
        ("method.request.path.id", "7"),
        ("method.request.querystring.a", "2"),
        ("method.request.multivaluequerystring.a", "1,2"),
        ("method.request.header.X-Tag", "red"),
        ("method.request.header.x-tag", None),
        ("method.request.multivalueheader.X-Tag", "red"),
        ("method.request.header.None", None),
        ("context.stage", "prod"),
        ("context.nothing", None),
        ("stageVariables.color", "blue"),
        ("stageVariables.none", None),
    ],
)
def test_what_an_expression_reads(expression, value):
    assert read(expression) == value


@pytest.mark.parametrize("expression", ["static", "'", "method.request.cookie.a", "method.request.header", "request.a"])
def test_what_is_no_expression(expression):
    assert compile_source(expression, {}) is None
