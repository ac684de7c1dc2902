"""What PATCH may change of a stage: its members, its canary, its variables, and settings of methods by path.

A setting's path is `/{resourcePath}/{httpMethod}/{setting}`. AWS keeps what stands before the setting as it was
spelled, so that `pets/GET` and `~1pets/GET` are two keys for one method.
"""

from copy import deepcopy
from typing import Any

import orjson

from limen.aws.errors import bad_request
from limen.aws.patch import (
    ALL,
    COPY,
    REMOVE,
    REPLACE,
    Edit,
    Member,
    PatchPath,
    PatchPaths,
    ReadValue,
    Wording,
    any_text,
    boolean,
    enum,
    filled_text,
    integer,
    number,
    text,
)
from limen.features.method_settings import VERBS
from limen.store.documents import Document

ALL_METHODS = "*/*"

NEW_SETTING: Document = {
    "metricsEnabled": False,
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}
"""Of a method, when the first of its settings is made, and there are none for all methods."""

STRATEGIES = ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER")
CACHE_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
MOST = 2**31 - 1
_WRONG_RATE = "Invalid throttling rate limit specified: {value}"

_number = number(-1, MOST, _WRONG_RATE)


def _rate(edit: Edit) -> float:
    """-1: no limit."""
    value = float(_number(edit))
    if -1 < value < 0:
        raise bad_request(_WRONG_RATE.format(value=edit.value))
    return value


METHOD_SETTINGS: tuple[tuple[str, str, ReadValue], ...] = (
    ("metricsEnabled", "metrics/enabled", boolean),
    ("dataTraceEnabled", "logging/dataTrace", boolean),
    (
        "loggingLevel",
        "logging/loglevel",
        enum(("OFF", "ERROR", "INFO"), "Invalid logging level specified: {value}. Must be one of [OFF, ERROR, INFO]"),
    ),
    (
        "throttlingBurstLimit",
        "throttling/burstLimit",
        integer(-1, MOST, "Invalid throttling burst limit specified: {value}"),
    ),
    (
        "throttlingRateLimit",
        "throttling/rateLimit",
        _rate,
    ),
    (
        "cacheTtlInSeconds",
        "caching/ttlInSeconds",
        integer(0, 3600, "Invalid cache TTL specified: {value}. It must be from 0 to 3600 seconds"),
    ),
    ("cachingEnabled", "caching/enabled", boolean),
    ("cacheDataEncrypted", "caching/dataEncrypted", boolean),
    ("requireAuthorizationForCacheControl", "caching/requireAuthorizationForCacheControl", boolean),
    (
        "unauthorizedCacheControlHeaderStrategy",
        "caching/unauthorizedCacheControlHeaderStrategy",
        enum(STRATEGIES, f"Invalid strategy specified: {{value}}. Must be one of [{', '.join(STRATEGIES)}]"),
    ),
)
"""Member, path and values, in the order in which AWS lists them."""

PROMOTIONS = {
    "/deploymentId": "/canarySettings/deploymentId",
    "/variables": "/canarySettings/stageVariableOverrides",
}
"""What can be copied where."""


def change_stage(stage: Document, operations: list[dict[str, Any]]) -> Document:
    """A changed copy. Operations are done in their order, all or none."""
    changed = deepcopy(stage)
    for operation in operations:
        path = operation.get("path") or "null"
        if operation.get("op") == COPY:
            _promote(changed, path, operation.get("from"))
        elif operation.get("op") == REMOVE and path[1:] in changed["methodSettings"]:
            del changed["methodSettings"][path[1:]]
        else:
            changed = PATCH_PATHS.apply(changed, [operation])
    return changed


def _promote(stage: Document, path: str, source: str | None) -> None:
    """Of the canary, which stays; its variables are merged over those of the stage."""
    if source is None or PROMOTIONS.get(path) != source:
        raise bad_request(
            f"Invalid copy operation with path: {path} and from {source or 'null'}. Valid copy:path are "
            f"[{', '.join(PROMOTIONS)}] and valid copy:from are [{', '.join(PROMOTIONS.values())}]"
        )
    canary = stage.get("canarySettings")
    if canary is None:
        raise bad_request("Promotion not available. Canary does not exist.")
    if path == "/deploymentId":
        stage["deploymentId"] = canary["deploymentId"]
    else:
        stage["variables"] = stage.get("variables", {}) | canary.get("stageVariableOverrides", {})


# --- places


class _Canary:
    """A member of the canary, which is made with the first of them: of the stage's deployment, without traffic."""

    def __init__(self, *at: str) -> None:
        self.member = Member(at)

    def add(self, document: Document, edit: Edit, value: Any) -> None:
        self.replace(document, edit, value)

    def replace(self, document: Document, edit: Edit, value: Any) -> None:
        new = {"percentTraffic": 0.0, "deploymentId": document["deploymentId"], "useStageCache": False}
        self.member.add(document.setdefault("canarySettings", new), edit, value)

    def remove(self, document: Document, edit: Edit) -> None:
        """Terraform takes single variables away; AWS's table of paths has no remove of any member."""
        canary = document.get("canarySettings", {})
        if self.member.find(canary, edit) is None:
            raise bad_request(_nothing_to_remove(edit))
        self.member.remove(canary, edit)


class _MethodSetting:
    """One setting of one method; a method's first one brings the others, as they are for all methods."""

    def __init__(self, member: str, suffix: str) -> None:
        self.member = member
        self.suffix = suffix

    def add(self, document: Document, edit: Edit, value: Any) -> None:
        self.replace(document, edit, value)

    def replace(self, document: Document, edit: Edit, value: Any) -> None:
        key = edit.path[1:].removesuffix(f"/{self.suffix}")  # never of ANY, which has those of the verbs
        resource, slash, verb = key.rpartition("/")
        if key != ALL_METHODS and (verb not in VERBS or not slash or resource == "*"):
            raise bad_request(_unknown_path(edit, []))
        settings = document["methodSettings"]
        setting = settings.setdefault(key, dict(settings.get(ALL_METHODS, NEW_SETTING)))
        setting[self.member] = value

    def remove(self, document: Document, edit: Edit) -> None:
        raise bad_request(_nothing_to_remove(edit))


# --- values


def _variables(edit: Edit) -> dict[str, str] | None:
    """A JSON object of texts; an empty one, or nothing, takes them all away."""
    try:
        given = orjson.loads(edit.value or "{}")
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise bad_request(f"Invalid value of {edit.path} specified: it must be a JSON object of strings")
    return given or None


def _web_acl(edit: Edit) -> None:
    raise bad_request("Limen does not serve web ACLs of AWS WAF: webAclArn cannot be set")


# --- wordings

_SHOWN = (
    "{method}/metrics/enabled, {method}/logging/dataTrace, {method}/logging/loglevel, {method}/throttling/burstLimit"
    "{gap}{method}/throttling/rateLimit{gap}{method}/caching/ttlInSeconds, {method}/caching/enabled, "
    "{method}/caching/dataEncrypted, {method}/caching/requireAuthorizationForCacheControl, "
    "{method}/caching/unauthorizedCacheControlHeaderStrategy"
)
"""Around the settings of throttling AWS lost the separators (observed)."""

VALID_PATHS = ", ".join(
    (
        "/deploymentId",
        "/description",
        "/cacheClusterEnabled",
        "/cacheClusterSize",
        "/clientCertificateId",
        "/accessLogSettings",
        "/accessLogSettings/destinationArn",
        "/accessLogSettings/format",
        _SHOWN.format(method="/{resourcePath}/{httpMethod}", gap=""),
        _SHOWN.format(method="/*/*", gap=" "),
        "/variables/{variable_name}",
        "/tracingEnabled",
    )
)


def _unknown_path(edit: Edit, templates: list[str]) -> str:
    if edit.op == REMOVE:
        return _nothing_to_remove(edit)
    if edit.path.startswith("/accessLogSettings"):
        return (
            "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, "
            "/accessLogSettings/format]"
        )
    return f"Invalid method setting path: {edit.path}. Must be one of: [{VALID_PATHS}]"


def _wrong_op(edit: Edit, allowed: tuple[str, ...]) -> str:
    if edit.op == REMOVE or edit.path == "/accessLogSettings":
        return _unknown_path(edit, [])
    return f"Invalid {edit.op} operation with path: {edit.path}"


def _nothing_to_remove(edit: Edit) -> str:
    setting = edit.path.removeprefix("/")
    # The blank at its end is AWS's.
    return f"Cannot remove method setting {setting} because there is no method setting for this method "


_EMPTY_LOG = "Access Log value must not be empty"

PATCH_PATHS = PatchPaths(
    [
        PatchPath("/accessLogSettings", (REMOVE,), text),
        PatchPath("/accessLogSettings/destinationArn", ALL, filled_text(_EMPTY_LOG)),
        PatchPath("/accessLogSettings/format", ALL, filled_text(_EMPTY_LOG)),
        PatchPath("/cacheClusterEnabled", (REPLACE,), boolean),
        PatchPath("/cacheClusterSize", (REPLACE,), enum(CACHE_SIZES, "Invalid cache cluster size specified: {value}")),
        PatchPath("/canarySettings", (REMOVE,), text),
        PatchPath(
            "/canarySettings/percentTraffic",
            (REPLACE,),
            number(0, 100, "Invalid percentTraffic specified: it must be a number from 0.0 to 100.0"),
            _Canary("percentTraffic"),
        ),
        PatchPath("/canarySettings/deploymentId", (REPLACE,), any_text, _Canary("deploymentId")),
        PatchPath("/canarySettings/useStageCache", (REPLACE,), boolean, _Canary("useStageCache")),
        PatchPath("/canarySettings/stageVariableOverrides", (REPLACE,), _variables, _Canary("stageVariableOverrides")),
        PatchPath(
            "/canarySettings/stageVariableOverrides/{name}",
            (REMOVE, REPLACE),
            any_text,
            _Canary("stageVariableOverrides", "{name}"),
        ),
        PatchPath("/clientCertificateId", (REPLACE,), text),
        PatchPath("/deploymentId", (REPLACE,), any_text),
        PatchPath("/description", (REPLACE,), text),
        PatchPath("/documentationVersion", (REPLACE,), text),
        PatchPath("/tracingEnabled", (REPLACE,), boolean),
        PatchPath("/variables", (REMOVE, REPLACE), _variables),
        PatchPath("/variables/{name}", (REMOVE, REPLACE), any_text),
        PatchPath("/webAclArn", ALL, _web_acl),
        *(
            PatchPath(f"/{{method+}}/{suffix}", (REPLACE,), read, _MethodSetting(member, suffix))
            for member, suffix, read in METHOD_SETTINGS
        ),
    ],
    Wording(unknown_path=_unknown_path, wrong_op=_wrong_op),
)
