"""Tags of certificates."""

from typing import Any

from limen.control.call import Call
from limen.control.certificates.documents import named_certificate, put_certificate
from limen.control.certificates.errors import invalid_tag, too_many_tags

MOST_TAGS = 50


def add_tags_to_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = named_certificate(call, members["CertificateArn"])
    put_certificate(call, document | {"_tags": checked_tags(members["Tags"], document["_tags"])})
    return {}


def remove_tags_from_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """A tag that is named with a value goes only where it has that value."""
    document = named_certificate(call, members["CertificateArn"])
    tags = dict(document["_tags"])
    for tag in members["Tags"]:
        _check_key(tag["Key"])
        if "Value" not in tag or tags.get(tag["Key"]) == tag["Value"]:
            tags.pop(tag["Key"], None)
    put_certificate(call, document | {"_tags": tags})
    return {}


def list_tags_for_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    tags = named_certificate(call, members["CertificateArn"])["_tags"]
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def checked_tags(given: list[dict[str, str]] | None, before: dict[str, str] | None = None) -> dict[str, str]:
    """What a certificate has when it gets these beside those from before."""
    tags = dict(before or {})
    named = [tag["Key"] for tag in given or ()]
    for tag in given or ():
        _check_key(tag["Key"])
        if named.count(tag["Key"]) > 1:
            raise invalid_tag(f"The tag key {tag['Key']} is given more than once")
        tags[tag["Key"]] = tag.get("Value") or ""
    if len(tags) > MOST_TAGS:
        raise too_many_tags(MOST_TAGS)
    return tags


def _check_key(key: str) -> None:
    if key.lower().startswith("aws:"):
        raise invalid_tag(f"Invalid tag key {key}: keys that begin with aws: are reserved")
