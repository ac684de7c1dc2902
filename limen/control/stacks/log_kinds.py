"""AWS::Logs::LogGroup: where functions log to; access logs go to files by the name of a group."""

from typing import Any

from limen.control.openapi.keyword import stored
from limen.control.stacks.kind import Kind, Made, Properties, Record, Work, properties, unless_missing
from limen.control.stacks.members import tags_of

SERVICE = "logs"


def _create_group(work: Work, name: str, values: Properties) -> Made:
    group = str(values.get("LogGroupName") or work.name_for(name))
    members: dict[str, Any] = {"logGroupName": group}
    if values.get("Tags"):
        members |= {"tags": tags_of(values["Tags"])}
    work.run(SERVICE, "CreateLogGroup", members)
    _put_retention(work, group, None, values.get("RetentionInDays"))
    return Made(group, {"Arn": work.arn("logs", f"log-group:{group}:*")})


def _update_group(work: Work, record: Record, after: Properties) -> Made:
    before = record.properties.get("RetentionInDays")
    _put_retention(work, record.made.physical_id, before, after.get("RetentionInDays"))
    return record.made


def _put_retention(work: Work, group: str, before: object, after: object) -> None:
    if after is not None and after != before:
        members = {"logGroupName": group, "retentionInDays": after}
        work.create(SERVICE, "PutRetentionPolicy", members)
    elif before is not None and after is None:
        work.run(SERVICE, "DeleteRetentionPolicy", {"logGroupName": group})


def _delete_group(work: Work, record: Record) -> None:
    unless_missing(lambda: work.run(SERVICE, "DeleteLogGroup", {"logGroupName": record.made.physical_id}))


_FILES = stored("logs are files in the data directory")

LOG_KINDS = (
    Kind(
        "AWS::Logs::LogGroup",
        properties(
            "LogGroupName! RetentionInDays Tags KmsKeyId LogGroupClass DataProtectionPolicy FieldIndexPolicies",
            KmsKeyId=_FILES,
            LogGroupClass=_FILES,
            DataProtectionPolicy=_FILES,
            FieldIndexPolicies=_FILES,
        ),
        _create_group,
        _update_group,
        _delete_group,
    ),
)
