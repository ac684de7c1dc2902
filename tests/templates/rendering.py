"""Renders a template in both forms of compiled code, which have to agree."""

from collections.abc import Mapping
from typing import Any

import pytest

from limen.templates.compiler import compile_nodes
from limen.templates.parser import parse_template
from limen.templates.template import Template, TemplateError, compile_template
from limen.templates.values import LazyMap
from limen.templates.variables import Input, Scope

PARAMETERS = {
    "path": {"id": "7"},
    "querystring": {"page": "2", "id": "query"},
    "header": {"X-Trace": "t1", "page": "header"},
}


def scope(
    body: str = "",
    *,
    context: Mapping[str, Any] | None = None,
    stage: Mapping[str, str] | None = None,
    parameters: dict[str, dict[str, str]] | None = None,
    xml: bool = False,
) -> Scope:
    given = PARAMETERS if parameters is None else parameters
    return Scope(
        Input(body, lambda: {place: dict(named) for place, named in given.items()}, xml=xml),
        LazyMap((context or {}).get),
        stage,
    )


def compile_generally(text: str, name: str = "t") -> Template:
    return Template(text, name, compile_nodes(parse_template(text, name), text, name, is_general=True))


def render(text: str, body: str = "", **seen: Any) -> str:
    """The output; both forms of code have to give the same."""
    fast = compile_template(text, "t").render(scope(body, **seen))
    assert compile_generally(text).render(scope(body, **seen)) == fast
    return fast


def fail(text: str, body: str = "", **seen: Any) -> str:
    """What is wrong with a template, parsed or rendered; both forms of code have to say the same."""
    with pytest.raises(TemplateError) as fast:
        compile_template(text, "t").render(scope(body, **seen))
    with pytest.raises(TemplateError) as general:
        compile_generally(text).render(scope(body, **seen))
    assert str(general.value) == str(fast.value)
    return str(fast.value)
