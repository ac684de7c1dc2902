"""Every operation of CloudWatch Logs that Limen has, by name; not StartLiveTail, whose answer never ends."""

from collections.abc import Callable
from typing import Any

from limen.control.call import Answer, Call
from limen.control.logs import events, filter_events, groups, streams, tags

OPERATIONS: dict[str, Callable[[Call, dict[str, Any]], Answer]] = {
    "CreateLogGroup": groups.create_log_group,
    "DeleteLogGroup": groups.delete_log_group,
    "DescribeLogGroups": groups.describe_log_groups,
    "ListLogGroups": groups.list_log_groups,
    "PutRetentionPolicy": groups.put_retention_policy,
    "DeleteRetentionPolicy": groups.delete_retention_policy,
    "PutLogGroupDeletionProtection": groups.put_log_group_deletion_protection,
    "CreateLogStream": streams.create_log_stream,
    "DeleteLogStream": streams.delete_log_stream,
    "DescribeLogStreams": streams.describe_log_streams,
    "PutLogEvents": events.put_log_events,
    "GetLogEvents": events.get_log_events,
    "FilterLogEvents": filter_events.filter_log_events,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "ListTagsForResource": tags.list_tags_for_resource,
    "TagLogGroup": tags.tag_log_group,
    "UntagLogGroup": tags.untag_log_group,
    "ListTagsLogGroup": tags.list_tags_log_group,
}
