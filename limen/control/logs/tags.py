"""Tags of log groups, by ARN and, as older clients have it, by name."""

from typing import Any

from limen.aws.errors import AwsError
from limen.control.call import Call
from limen.control.logs.groups import Group, change, find_group, group_of_arn
from limen.control.tags import MOST_TAGS


def tag_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _add(call, group_of_arn(call, members["resourceArn"]), members["tags"])


def untag_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _remove(call, group_of_arn(call, members["resourceArn"]), members["tagKeys"])


def list_tags_for_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"tags": _tags(group_of_arn(call, members["resourceArn"]))}


def tag_log_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _add(call, find_group(call, members), members["tags"])


def untag_log_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _remove(call, find_group(call, members), members["tags"])


def list_tags_log_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"tags": _tags(find_group(call, members))}


def _tags(group: Group) -> dict[str, str]:
    return dict(group.document.get("tags", {}))


def _add(call: Call, group: Group, tags: dict[str, str]) -> dict[str, Any]:
    changed = _tags(group) | tags
    if len(changed) > MOST_TAGS:
        message = f"The number of tags exceeds the limit of {MOST_TAGS} tags per resource."
        raise AwsError("TooManyTagsException", message, 400)
    change(call, group, {"tags": changed})
    return {}


def _remove(call: Call, group: Group, names: list[str]) -> dict[str, Any]:
    change(call, group, {"tags": {name: value for name, value in _tags(group).items() if name not in names}})
    return {}
