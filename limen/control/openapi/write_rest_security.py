"""Who may call a method, as security requirements and schemes of an exported document."""

from typing import Any, Protocol

from limen.control.openapi.extensions import AUTHORIZER_NAME, AUTHTYPE_NAME
from limen.control.openapi.rest_extensions import AUTHORIZER
from limen.control.openapi.write import described
from limen.store.documents import Document

SIGV4, API_KEY = "sigv4", "api_key"
_PLACES = {"method.request.header.": "header", "method.request.querystring.": "query"}


class Secured(Protocol):
    @property
    def methods(self) -> list[Document]: ...

    @property
    def authorizers(self) -> dict[str, Document]: ...


def write_security(documents: Secured, method: Document) -> list[dict[str, list[str]]]:
    security: list[dict[str, list[str]]] = []
    authorizer = documents.authorizers.get(method.get("authorizerId", ""))
    if authorizer is not None:
        security.append({authorizer["name"]: method.get("authorizationScopes", [])})
    elif method.get("authorizationType") == "AWS_IAM":
        security.append({SIGV4: []})
    if method.get("apiKeyRequired"):
        security.append({API_KEY: []})
    return security


def write_schemes(documents: Secured, extensions: frozenset[str]) -> dict[str, Any]:
    """Schemes that methods ask for, and every authorizer where authorizers are exported."""
    used = {name for method in documents.methods for item in write_security(documents, method) for name in item}
    schemes: dict[str, Any] = {}
    if SIGV4 in used:
        schemes[SIGV4] = {"type": "apiKey", "name": "Authorization", "in": "header"}
        if extensions & {"integrations", "authorizers"}:
            schemes[SIGV4][AUTHTYPE_NAME] = "awsSigv4"
    if API_KEY in used:
        schemes[API_KEY] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    for authorizer in documents.authorizers.values():
        if authorizer["name"] in used or "authorizers" in extensions:
            schemes[authorizer["name"]] = _scheme(authorizer, "authorizers" in extensions)
    return schemes


def _scheme(authorizer: Document, has_extensions: bool) -> dict[str, Any]:
    scheme: dict[str, Any] = {"type": "apiKey", **_place(str(authorizer.get("identitySource", "")))}
    if has_extensions:
        if "authType" in authorizer:
            scheme[AUTHTYPE_NAME] = authorizer["authType"]
        extension = described(AUTHORIZER, authorizer)
        extension["type"] = extension["type"].lower()
        if scheme["name"] != "Unused" and extension["type"] != "request":
            extension.pop("identitySource", None)
        scheme[AUTHORIZER_NAME] = extension
    return scheme


def _place(source: str) -> dict[str, str]:
    """Where the one identity source is, or "Unused" where OpenAPI cannot say it."""
    for prefix, place in _PLACES.items():
        if source.startswith(prefix) and "," not in source:
            return {"name": source.removeprefix(prefix), "in": place}
    return {"name": "Unused", "in": "header"}
