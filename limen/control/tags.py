"""Tags by ARN, as both APIs of API Gateway keep them: each in the document that it is on."""

import re
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from limen.aws.arn import find_arn
from limen.aws.errors import bad_request, not_found
from limen.control.call import Call
from limen.store.documents import Document

MOST_TAGS = 50
_KEY = re.compile(r"[\w .:/=+\-@]{1,128}")
_VALUE = re.compile(r"[\w .:/=+\-@]{0,256}")

_RESOURCES: tuple[tuple[str, str | None, re.Pattern[str]], ...] = (
    ("Api", None, re.compile(r"/apis/(?P<key>[^/]+)")),
    ("Stage", "Api", re.compile(r"/apis/(?P<api>[^/]+)/stages/(?P<key>[^/]+)")),
    ("RestApi", None, re.compile(r"/restapis/(?P<key>[^/]+)")),
    ("Stage", "RestApi", re.compile(r"/restapis/(?P<api>[^/]+)/stages/(?P<key>[^/]+)")),
    ("ApiKey", None, re.compile(r"/apikeys/(?P<key>[^/]+)")),
    ("UsagePlan", None, re.compile(r"/usageplans/(?P<key>[^/]+)")),
    ("ClientCertificate", None, re.compile(r"/clientcertificates/(?P<key>[^/]+)")),
    ("DomainName", None, re.compile(r"/domainnames/(?P<key>[^/]+)")),
    ("VpcLink", None, re.compile(r"/vpclinks/(?P<key>[^/]+)")),
    ("RestVpcLink", None, re.compile(r"/vpclinks/(?P<key>[^/]+)")),
)
"""Noun, noun of the API that it is of, and form of the last part of an ARN."""


class Tagged(Struct, frozen=True):
    """What an ARN names."""

    noun: str
    parent: str
    key: str
    document: Document

    @property
    def tags(self) -> dict[str, str]:
        return dict(self.document.get("tags", {}))


def add_tags(call: Call, arn: str, tags: dict[str, str]) -> None:
    tagged = find_tagged(call, arn)
    changed = tagged.tags | tags
    check_tags(changed)
    _put(call, tagged, changed)


def remove_tags(call: Call, arn: str, names: list[str]) -> None:
    tagged = find_tagged(call, arn)
    _put(call, tagged, {name: value for name, value in tagged.tags.items() if name not in names})


def check_tags(tags: dict[str, str]) -> None:
    """As each operation does that takes tags."""
    if len(tags) > MOST_TAGS:
        raise bad_request(f"The number of tags exceeds the limit of {MOST_TAGS} tags per resource")
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise bad_request(f"Invalid tag key specified: {key}. Tag keys cannot start with 'aws:'")
        if not _KEY.fullmatch(key):
            raise bad_request(f"Invalid tag key specified: {key}")
        if not _VALUE.fullmatch(value):
            raise bad_request(f"Invalid tag value specified for tag key {key}")


def checked_tags(members: dict[str, Any]) -> dict[str, str]:
    """The tags that a new thing gets."""
    tags: dict[str, str] = members.get("tags") or {}
    check_tags(tags)
    return tags


def find_tagged(call: Call, arn: str) -> Tagged:
    """`arn` as it was sent: clients escape it once more or less."""
    arn = unquote(arn)
    parsed = find_arn(arn)
    if parsed is None or parsed.service != "apigateway":
        raise bad_request(f"Invalid ARN. ARN is not well formed {arn}")
    if parsed.region == call.aws.region and parsed.account in ("", call.aws.account):
        for noun, owner, form in _RESOURCES:
            named = form.fullmatch(parsed.resource)
            tagged = None if named is None else _find(call, noun, owner, named.groupdict())
            if tagged is not None:
                return tagged
    raise not_found("Invalid resource ARN specified")


def _find(call: Call, noun: str, owner: str | None, named: dict[str, str]) -> Tagged | None:
    parent = call.scope
    if owner is not None:
        parent = named["api"]
        if call.documents.get(owner, call.scope, parent) is None:
            return None
    document = call.documents.get(noun, parent, named["key"])
    return None if document is None else Tagged(noun, parent, named["key"], document)


def _put(call: Call, tagged: Tagged, tags: dict[str, str]) -> None:
    call.documents.put(tagged.noun, tagged.parent, tagged.key, tagged.document | {"tags": tags})
