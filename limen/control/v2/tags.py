"""Tags of APIs, stages, domain names and VPC links, by ARN; each is kept in the document that it is on."""

import re
from typing import Any
from urllib.parse import unquote

from limen.aws.arn import find_arn
from limen.aws.errors import bad_request, not_found
from limen.control.call import Call
from limen.store.documents import Document

MOST_TAGS = 50
_KEY = re.compile(r"[\w .:/=+\-@]{1,128}")
_VALUE = re.compile(r"[\w .:/=+\-@]{0,256}")

_RESOURCES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Api", re.compile(r"/apis/(?P<key>[^/]+)")),
    ("Stage", re.compile(r"/apis/(?P<api>[^/]+)/stages/(?P<key>[^/]+)")),
    ("DomainName", re.compile(r"/domainnames/(?P<key>[^/]+)")),
    ("VpcLink", re.compile(r"/vpclinks/(?P<key>[^/]+)")),
)


def tag_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    noun, parent, key, document = _find_tagged(call, members)
    tags = document.get("tags", {}) | (members.get("tags") or {})
    check_tags(tags)
    call.documents.put(noun, parent, key, document | {"tags": tags})
    return {}


def untag_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    noun, parent, key, document = _find_tagged(call, members)
    tags = {name: value for name, value in document.get("tags", {}).items() if name not in members["tagKeys"]}
    call.documents.put(noun, parent, key, document | {"tags": tags})
    return {}


def get_tags(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"tags": _find_tagged(call, members)[3].get("tags", {})}


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


def _find_tagged(call: Call, members: dict[str, Any]) -> tuple[str, str, str, Document]:
    """Noun, parent, key and document of what an ARN names."""
    arn = unquote(members["resource-arn"])
    parsed = find_arn(arn)
    if parsed is None or parsed.service != "apigateway":
        raise bad_request(f"Invalid ARN. ARN is not well formed {arn}")
    if parsed.region != call.aws.region or parsed.account not in ("", call.aws.account):
        raise not_found("Invalid resource ARN specified")
    for noun, form in _RESOURCES:
        named = form.fullmatch(parsed.resource)
        if named is None:
            continue
        parent = call.scope
        if noun == "Stage":
            parent = named["api"]
            if call.documents.get("Api", call.scope, parent) is None:
                break
        document = call.documents.get(noun, parent, named["key"])
        if document is not None:
            return noun, parent, named["key"], document
        break
    raise not_found("Invalid resource ARN specified")
