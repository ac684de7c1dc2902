"""Which requests are sent one response in one form."""

from typing import Any

from limen.integrations.rest.representation import compile_representation
from tests.support.exchanges import exchange


def forms(integration: dict[str, Any], binary: tuple[str, ...], *accepted: str | None) -> int:
    represent = compile_representation({"methodIntegration": integration}, binary)
    if represent is None:
        return 1
    asked = [exchange(headers=None if accept is None else {"Accept": accept}) for accept in accepted]
    return len({represent(each) for each in asked})


def test_there_is_one_form_where_nothing_depends_on_accept() -> None:
    assert compile_representation({"methodIntegration": {"type": "HTTP_PROXY"}}, ()) is None
    assert compile_representation({"methodIntegration": {"type": "HTTP_PROXY"}}, ("*/*",)) is None
    one = {"type": "MOCK", "integrationResponses": {"200": {"responseTemplates": {"application/json": "{}"}}}}
    assert compile_representation({"methodIntegration": one}, ()) is None
    assert compile_representation({}, ()) is None


def test_bytes_and_base64_are_two_forms() -> None:
    proxy = {"type": "HTTP_PROXY"}
    assert forms(proxy, ("image/*",), "image/png", "image/webp") == 1
    assert forms(proxy, ("image/*",), "image/png", "text/html", None) == 2


def test_each_template_is_a_form() -> None:
    templates = {"application/json": "{}", "application/xml": "<a/>"}
    http = {"type": "HTTP", "integrationResponses": {"200": {"responseTemplates": templates}}}
    assert forms(http, (), "application/json", "application/json;q=1") == 1
    assert forms(http, (), "application/json", "application/xml", "text/html", "text/plain", None) == 3
