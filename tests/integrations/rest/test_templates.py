"""Which template applies: the tables of the developer guide, "Integration passthrough behaviors"."""

import pytest

from limen.gateway.errors import GatewayError
from limen.integrations.rest.templates import RequestTemplates, ResponseTemplates, find_template_problems

NO_MATCH, NO_TEMPLATES, NEVER = "WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"
JSON = {"application/json": "t"}
XML = {"application/xml": "t"}

PASSTHROUGH: list[tuple[dict[str, str], str | None, str, str]] = [
    # templates, Content-Type, then what becomes under each behavior: template, pass, 415
    *[
        (JSON, content_type, behavior, "template")
        for content_type in (None, "application/json", "APPLICATION/JSON; charset=utf-8")
        for behavior in (NO_MATCH, NO_TEMPLATES, NEVER)
    ],
    (JSON, "application/xml", NO_MATCH, "pass"),
    (JSON, "application/xml", NO_TEMPLATES, "415"),
    (JSON, "application/xml", NEVER, "415"),
    *[
        (XML, content_type, behavior, outcome)
        for content_type in (None, "application/json")
        for behavior, outcome in ((NO_MATCH, "pass"), (NO_TEMPLATES, "415"), (NEVER, "415"))
    ],
    *[(XML, "application/xml", behavior, "template") for behavior in (NO_MATCH, NO_TEMPLATES, NEVER)],
    *[
        ({}, content_type, behavior, outcome)
        for content_type in (None, "text/plain")
        for behavior, outcome in ((NO_MATCH, "pass"), (NO_TEMPLATES, "pass"), (NEVER, "415"))
    ],
    ({"$default": "t"}, "text/plain", NEVER, "template"),
    ({"application/json": ""}, "application/json", NEVER, "pass"),
]


@pytest.mark.parametrize(("templates", "content_type", "behavior", "expected"), PASSTHROUGH)
def test_bodies_are_templated_passed_or_refused(
    templates: dict[str, str], content_type: str | None, behavior: str, expected: str
) -> None:
    chosen = RequestTemplates(templates, behavior)
    for _ in range(2):
        try:
            template = chosen.choose(None if content_type is None else content_type.encode())
            outcome = "pass" if template is None else "template"
        except GatewayError as error:
            assert error.failure.name == "UNSUPPORTED_MEDIA_TYPE"
            outcome = str(error.failure.status)
        assert outcome == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [(None, "j"), ("application/xml", "x"), ("application/xml; q=1, */*", "x"), ("*/*", "j"), ("text/html", "j")],
)
def test_response_templates_are_chosen_by_the_first_accepted_type(accept: str | None, expected: str) -> None:
    templates = ResponseTemplates({"application/xml": "x", "application/json": "j"})
    chosen = templates.choose(None if accept is None else accept.encode())
    assert chosen is not None
    assert chosen.text == expected


def test_templates_that_do_not_compile_are_named() -> None:
    (problem,) = find_template_problems({"application/json": "#if(", "text/plain": "fine"})
    assert "application/json" in problem


def test_nothing_is_remembered_by_a_long_content_type() -> None:
    templates = RequestTemplates({"text/plain": "template"}, None)

    for content_type in (b"text/plain", b"text/plain;" + b" " * 1_000):
        chosen = templates.choose(content_type)
        assert chosen is not None and chosen.text == "template"
    assert list(templates._kept) == [b"text/plain"]
