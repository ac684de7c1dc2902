"""Methods, integrations and their responses as calls are answered: an empty template is null (observed of AWS)."""

from typing import Any

from limen.control.documents import answer
from limen.store.documents import Document


def show_method(method: Document) -> dict[str, Any]:
    shown = answer(method)
    if "methodIntegration" in shown:
        shown["methodIntegration"] = show_integration(shown["methodIntegration"])
    return shown


def show_integration(integration: Document) -> dict[str, Any]:
    shown = _with_nulls(integration, "requestTemplates")
    if "integrationResponses" in shown:
        responses = shown["integrationResponses"].items()
        shown["integrationResponses"] = {code: show_integration_response(response) for code, response in responses}
    return shown


def show_integration_response(response: Document) -> dict[str, Any]:
    return _with_nulls(response, "responseTemplates")


def _with_nulls(owner: Document, name: str) -> dict[str, Any]:
    templates = owner.get(name)
    if not templates:
        return dict(owner)
    return {**owner, name: {content_type: text or None for content_type, text in templates.items()}}
