"""Integrations of methods: who answers, and how a request is made for it."""

from typing import Any

from limen.aws.patch import (
    ALL,
    PLAIN,
    REPLACE,
    Elements,
    Member,
    PatchPath,
    PatchPaths,
    any_text,
    boolean,
    enum,
    filled_text,
    integer,
    text,
)
from limen.control.call import Call
from limen.control.documents import given
from limen.control.v1.integration_checks import (
    BUFFERED_MS,
    CONTENT_HANDLING,
    LONGEST_STREAM_MS,
    PASSTHROUGH,
    TIMEOUT_OUT_OF_RANGE,
    check_integration,
)
from limen.control.v1.method_answers import show_integration
from limen.control.v1.method_documents import (
    CONTENT_TYPE_UNKNOWN,
    PARAMETER_UNKNOWN,
    find_integration,
    find_method,
    store_method,
)
from limen.store.documents import Document

MEMBERS = (
    "type",
    "httpMethod",
    "uri",
    "connectionType",
    "connectionId",
    "credentials",
    "requestParameters",
    "requestTemplates",
    "passthroughBehavior",
    "contentHandling",
    "timeoutInMillis",
    "cacheNamespace",
    "cacheKeyParameters",
    "tlsConfig",
    "responseTransferMode",
    "integrationTarget",
)


def _enum(name: str, values: tuple[str, ...]) -> Any:
    return enum(values, f"Invalid {name} specified. Valid options are {','.join(values)}", may_be_empty=True)


_ROWS = (
    PatchPath("/cacheKeyParameters", ALL, text, Elements(("cacheKeyParameters",))),
    PatchPath(
        "/cacheKeyParameters/{name}",
        ALL,
        lambda edit: edit.value or edit.variables["name"],
        Elements(("cacheKeyParameters",), "name", PARAMETER_UNKNOWN),
    ),
    PatchPath(
        "/requestParameters/{name}",
        ALL,
        filled_text("Invalid null or empty value in requestParameters"),
        Member(("requestParameters", "{name}"), missing=PARAMETER_UNKNOWN),
    ),
    PatchPath(
        "/requestTemplates/{type}",
        ALL,
        any_text,
        Member(("requestTemplates", "{type}"), missing=CONTENT_TYPE_UNKNOWN),
    ),
    PatchPath("/cacheNamespace", (REPLACE,), text),
    PatchPath("/connectionId", (REPLACE,), text),
    PatchPath("/connectionType", (REPLACE,), _enum("ConnectionType", ("INTERNET", "VPC_LINK"))),
    PatchPath("/contentHandling", (REPLACE,), _enum("ContentHandlingStrategy", CONTENT_HANDLING)),
    PatchPath("/credentials", (REPLACE,), text),
    PatchPath("/integrationTarget", (REPLACE,), text),
    PatchPath("/passthroughBehavior", (REPLACE,), _enum("PassthroughBehavior", PASSTHROUGH)),
    PatchPath("/responseTransferMode", (REPLACE,), _enum("ResponseTransferMode", ("BUFFERED", "STREAM"))),
    PatchPath("/timeoutInMillis", (REPLACE,), integer(1, LONGEST_STREAM_MS, TIMEOUT_OUT_OF_RANGE, may_be_empty=True)),
    PatchPath("/tlsConfig/insecureSkipVerification", (REPLACE,), boolean),
)
PATCH_PATHS = PatchPaths(
    (*_ROWS, PatchPath("/httpMethod", (REPLACE,), text), PatchPath("/uri", (REPLACE,), text)), PLAIN
)
MOCK_PATCH_PATHS = PatchPaths(_ROWS, PLAIN)
"""A MOCK integration calls nobody."""


def put_integration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """In place of the integration that is there, its responses included."""
    method = find_method(call, members)
    integration = make_integration(call, members["restapi_id"], method, members)
    store_method(call, members["restapi_id"], method | {"methodIntegration": integration})
    return show_integration(integration)


def get_integration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return show_integration(find_integration(call, members)[1])


def update_integration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    method, integration = find_integration(call, members)
    paths = MOCK_PATCH_PATHS if integration["type"] == "MOCK" else PATCH_PATHS
    operations = members.get("patchOperations")
    changed = paths.apply(integration, operations)
    has_new_timeout = any(operation.get("path") == "/timeoutInMillis" for operation in operations or ())
    if changed.get("responseTransferMode") != integration.get("responseTransferMode") and not has_new_timeout:
        changed["timeoutInMillis"] = BUFFERED_MS[1]
    check_integration(call, members["restapi_id"], method, changed)
    store_method(call, members["restapi_id"], method | {"methodIntegration": changed})
    return show_integration(changed)


def delete_integration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    method, _ = find_integration(call, members)
    kept = {name: value for name, value in method.items() if name != "methodIntegration"}
    store_method(call, members["restapi_id"], kept)
    return {}


def make_integration(call: Call, api_id: str, method: Document, members: dict[str, Any]) -> Document:
    """Of a method, without responses: checked and filled in, not stored, for it stands in the method's document."""
    integration = given(members, MEMBERS)
    check_integration(call, api_id, method, integration)
    return integration
