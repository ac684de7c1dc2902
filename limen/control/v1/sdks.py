"""SDKs: what clients of a stage are made of, as a zip."""

from datetime import datetime
from typing import Any

from limen.aws.errors import bad_request, not_found
from limen.control.call import Call
from limen.control.sdk.javascript import render_sdk
from limen.control.v1.documents import find, find_child, find_rest_api, items

JAVASCRIPT = {
    "id": "javascript",
    "friendlyName": "JavaScript",
    "description": "JavaScript SDK for browsers and Node.js",
    "configurationProperties": [],
}
NOT_MADE = ("android", "java", "objectivec", "ruby", "swift")
"""Types that AWS makes and Limen does not."""


def get_sdk_types(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return items([JAVASCRIPT], None)


def get_sdk_type(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    _check_type(members["sdktype_id"])
    return JAVASCRIPT


def get_sdk(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Of the methods that the stage serves, not of those that the API has by now."""
    api = find_rest_api(call, members["restapi_id"])
    stage = find_child(call, "Stage", members, members["stage_name"])
    _check_type(members["sdk_type"])
    frozen = call.documents.at(find(call, "Deployment", api["id"], stage["deploymentId"])["_revision"])
    paths = {key: resource["path"] for key, resource in frozen.list("Resource", api["id"])}
    methods = [(paths[method["_resourceId"]], method) for _, method in frozen.list("Method", api["id"])]
    url = f"https://{call.settings.host_of(api['id'], api['_region'])}/{stage['stageName']}"
    made = datetime.fromisoformat(call.now)
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f'attachment; filename="javascript_{made:%Y-%m-%d_%H-%MZ}.zip"',
        "body": render_sdk(url, call.aws.region, sorted(methods, key=_order)),
    }


def _order(method: tuple[str, dict[str, Any]]) -> tuple[str, str]:
    return method[0], method[1]["httpMethod"]


def _check_type(sdk_type: str) -> None:
    if sdk_type in NOT_MADE:
        raise bad_request(f"Limen does not make SDKs of type {sdk_type}: it makes javascript")
    if sdk_type != "javascript":
        raise not_found("Invalid SDK type identifier specified")
