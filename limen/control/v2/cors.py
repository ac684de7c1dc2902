"""CORS of an HTTP API: what AWS takes as `corsConfiguration` (developer guide, Configuring CORS for an HTTP API)."""

import re
from typing import Any

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.v2.auto_deploy import deploy_changes
from limen.control.v2.documents import find_api

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_WEB_ORIGIN = re.compile(r"https?://[^/\s?#@]+", re.IGNORECASE)
_OTHER_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]*", re.IGNORECASE)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "*"})
_LISTS = ("allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders")


def delete_cors_configuration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api = find_api(call, members)
    if api.pop("corsConfiguration", None) is not None:
        call.documents.put("Api", call.scope, api["apiId"], api)
        deploy_changes(call, api["apiId"])
    return {}


def check_cors(cors: dict[str, Any]) -> None:
    for origin in cors.get("allowOrigins", ()):
        _check_origin(origin)
    for method in cors.get("allowMethods", ()):
        if method.upper() not in _METHODS:  # "put" is taken, and answered as it was sent (observed by Terraform)
            raise bad_request(f"Invalid format for method {method} in allow-methods")
    for name in (*cors.get("allowHeaders", ()), *cors.get("exposeHeaders", ())):
        if not _TOKEN.fullmatch(name):
            raise bad_request(f"Invalid format for header {name}. Header names can only have characters of a token")
    if not -1 <= cors.get("maxAge", 0) <= 86400:
        raise bad_request("Invalid max-age specified: it must be between -1 and 86400 seconds")
    if cors.get("allowCredentials") and "*" in cors.get("allowOrigins", ()):
        raise bad_request("allow-credentials is not supported if 'allow-origin' is *")


def without_empty_lists(cors: dict[str, Any]) -> dict[str, Any]:
    """An empty list says nothing and is not kept."""
    return {name: value for name, value in cors.items() if name not in _LISTS or value}


def _check_origin(origin: str) -> None:
    if origin == "*":
        return
    scheme = origin.partition("://")[0].lower()
    if scheme in ("http", "https"):
        well_formed = _WEB_ORIGIN.fullmatch(origin) and ("*" not in origin or origin.partition("://")[2] == "*")
    else:
        well_formed = _OTHER_ORIGIN.fullmatch(origin) and "*" not in origin
    if not well_formed:
        raise bad_request(
            f"Invalid format for origin {origin}. Origin should be in format [protocol]://[domain]:[port], or *"
        )
