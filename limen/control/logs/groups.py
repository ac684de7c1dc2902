"""Log groups: what is listed and found, made and deleted, and how long their events stay."""

import contextlib
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from limen.aws.arn import find_arn, new_arn
from limen.control.call import Call
from limen.control.logs.errors import group_exists, invalid_parameter, no_such_group
from limen.control.logs.pages import page
from limen.control.logs.text_logs import TextLog, list_text_logs
from limen.functions.log_files import make_group, now_ms
from limen.functions.log_reader import Span, list_groups, list_streams
from limen.store.documents import Document

NOUN = "LogGroup"
RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
DAY_MS = 24 * 60 * 60 * 1000
_NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")


class Events(Protocol):
    """A log stream, whatever it is kept in."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    def created(self) -> int: ...
    def span(self) -> Span | None: ...
    def span_within(self, start: int, end: int) -> Span | None: ...
    def events(self, start: int, end: int, *, newest_first: bool = False) -> Any:
        """StoredEvents from `start` to `end`, both included."""


class Group(Struct, frozen=True):
    """`path`: its directory of streams; `text`: the file of a gateway's log. Each may be missing."""

    name: str
    created: int
    path: Path | None = None
    text: TextLog | None = None
    document: Document = {}

    def streams(self) -> Sequence[Events]:
        written: list[Events] = [] if self.path is None else list(list_streams(self.path))
        return written if self.text is None else [*written, self.text]

    def oldest(self) -> int:
        """Events before this time have expired; milliseconds."""
        days = self.document.get("retentionInDays")
        return 0 if days is None else int(time.time() * 1000) - days * DAY_MS


def all_groups(call: Call) -> list[Group]:
    """In the order of their names."""
    directory, texts = call.settings.function_logs, call.settings.gateway_logs
    written = {} if directory is None else {each.name: each for each in list_groups(directory, call.aws.region)}
    documents = dict(call.documents.list(NOUN, call.scope))
    logs = {} if texts is None else _name_texts(list_text_logs(texts), documents)
    groups = []
    for name in sorted({*written, *logs, *documents}):
        stored, text, document = written.get(name), logs.get(name), documents.get(name, {})
        created = document.get("creationTime") or (stored.created if stored else text.created() if text else 0)
        groups.append(Group(name, created, stored.path if stored else None, text, document))
    return groups


def _name_texts(logs: list[TextLog], documents: dict[str, Document]) -> dict[str, TextLog]:
    """By the names of their groups: files do not show the slash that one begins with; who made the group did."""
    named = {each.group: each for each in logs}
    for name in documents:
        if name.strip("/") in named and name.strip("/") not in documents:
            named[name] = named.pop(name.strip("/"))
    return named


def find_group(call: Call, members: dict[str, Any]) -> Group:
    """The one that a call names or identifies; AwsError where there is none."""
    name = _named(call, members)
    groups = {group.name: group for group in all_groups(call)}
    found = groups.get(name)
    if found is None:
        unmade = groups.get(name.strip("/"))
        if unmade is None or unmade.text is None or unmade.document or unmade.path is not None:
            raise no_such_group()
        found = replace(unmade, name=name)
    return found


def arn_of(call: Call, group: str) -> str:
    return str(new_arn("logs", call.aws.region, call.aws.account, f"log-group:{group}"))


def create_log_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    name = members["logGroupName"]
    if any(group.name == name for group in all_groups(call)):
        raise group_exists()
    if members.get("kmsKeyId"):
        raise invalid_parameter("Limen does not encrypt log groups: kmsKeyId is not supported")
    kept = {each: members[each] for each in ("logGroupClass", "deletionProtectionEnabled") if each in members}
    document: Document = {"logGroupName": name, "creationTime": now_ms(), "tags": members.get("tags", {})} | kept
    call.documents.put(NOUN, call.scope, name, document)
    if call.settings.function_logs is not None:
        make_group(call.settings.function_logs, call.aws.region, name)
    return {}


def delete_log_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    group = find_group(call, members)
    if group.document.get("deletionProtectionEnabled"):
        raise invalid_parameter("The log group has deletion protection enabled and cannot be deleted.")
    call.documents.delete(NOUN, call.scope, group.name)
    if group.path is not None:
        shutil.rmtree(group.path, ignore_errors=True)
    if group.text is not None:
        with contextlib.suppress(FileNotFoundError):
            group.text.path.unlink()
    return {}


def describe_log_groups(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    prefix, pattern = members.get("logGroupNamePrefix"), members.get("logGroupNamePattern")
    if prefix is not None and pattern is not None:
        raise invalid_parameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    named = {_name_of(call, each) for each in members.get("logGroupIdentifiers", [])}
    wanted_class = members.get("logGroupClass")
    groups = [
        group
        for group in all_groups(call)
        if group.name.startswith(prefix or "")
        and (pattern or "") in group.name
        and (not named or group.name in named)
        and wanted_class in (None, group.document.get("logGroupClass", "STANDARD"))
    ]
    shown, token = page([(group.name, group) for group in groups], members)
    return {"logGroups": [_describe(call, group) for group in shown], "nextToken": token}


def list_log_groups(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    wanted = members.get("logGroupNamePattern") or ""
    groups = [group for group in all_groups(call) if wanted.lstrip("^") in group.name]
    if wanted.startswith("^"):
        groups = [group for group in groups if group.name.startswith(wanted[1:])]
    shown, token = page([(group.name, group) for group in groups], members)
    summaries = [
        {
            "logGroupName": group.name,
            "logGroupArn": arn_of(call, group.name),
            "logGroupClass": group.document.get("logGroupClass", "STANDARD"),
        }
        for group in shown
    ]
    return {"logGroups": summaries, "nextToken": token}


def put_retention_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    days = members["retentionInDays"]
    if days not in RETENTION_DAYS:
        allowed = ", ".join(str(each) for each in RETENTION_DAYS)
        raise invalid_parameter(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{allowed}]"
        )
    change(call, find_group(call, members), {"retentionInDays": days})
    return {}


def delete_retention_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    group = find_group(call, members)
    if "retentionInDays" in group.document:
        change(call, group, {"retentionInDays": None})
    return {}


def put_log_group_deletion_protection(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    group = find_group(call, members)
    change(call, group, {"deletionProtectionEnabled": members["deletionProtectionEnabled"]})
    return {}


def change(call: Call, group: Group, changes: dict[str, Any]) -> None:
    """Stores changes of a group, which from now on is a document; None takes a member off."""
    document = {"logGroupName": group.name, "creationTime": group.created, **group.document, **changes}
    kept = {name: value for name, value in document.items() if value is not None}
    call.documents.put(NOUN, call.scope, group.name, kept)


def _describe(call: Call, group: Group) -> dict[str, Any]:
    arn = arn_of(call, group.name)
    return {
        "logGroupName": group.name,
        "creationTime": group.created,
        "retentionInDays": group.document.get("retentionInDays"),
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "storedBytes": sum(stream.size for stream in group.streams()),
        "logGroupClass": group.document.get("logGroupClass", "STANDARD"),
        "deletionProtectionEnabled": group.document.get("deletionProtectionEnabled", False),
    }


def _named(call: Call, members: dict[str, Any]) -> str:
    name, identifier = members.get("logGroupName"), members.get("logGroupIdentifier")
    if name is not None and identifier is not None:
        raise invalid_parameter("LogGroup name and LogGroup identifier are mutually exclusive parameters.")
    if name is None and identifier is None:
        raise invalid_parameter("Either LogGroup name or LogGroup identifier must be specified.")
    return str(name) if name is not None else _name_of(call, str(identifier))


def _name_of(call: Call, identifier: str) -> str:
    """Of a group by its name or its ARN; that of another account or region is not there."""
    arn = find_arn(identifier)
    if arn is None:
        if not _NAME.fullmatch(identifier):
            raise invalid_parameter(f"{identifier} is neither the name nor the ARN of a log group")
        return identifier
    name = arn.resource.removeprefix("log-group:").removesuffix(":*")
    if arn.service != "logs" or not arn.resource.startswith("log-group:") or not _NAME.fullmatch(name):
        raise invalid_parameter(f"{identifier} is not the ARN of a log group")
    if (arn.region, arn.account) != (call.aws.region, call.aws.account):
        raise no_such_group()
    return name


def group_of_arn(call: Call, arn: str) -> Group:
    """The group that tags are asked of, which have nothing but its ARN."""
    if find_arn(arn) is None:
        raise invalid_parameter(f"{arn} is not the ARN of a log group")
    return find_group(call, {"logGroupName": _name_of(call, arn)})
