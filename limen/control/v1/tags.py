"""Tags of REST APIs, stages, API keys, usage plans, certificates, domain names and VPC links, by ARN."""

from typing import Any

from limen.control.call import Call
from limen.control.tags import add_tags, find_tagged, remove_tags


def tag_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    add_tags(call, members["resource_arn"], members["tags"])
    return {}


def untag_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    remove_tags(call, members["resource_arn"], members["tagKeys"])
    return {}


def get_tags(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"tags": find_tagged(call, members["resource_arn"]).tags}
