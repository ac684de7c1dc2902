"""Tags of what a call to API Gateway is about, which conditions of policies see as `aws:ResourceTag/...`.

Developer guide, "API Gateway resources that can be tagged": what is below an API, a domain name or a usage plan has the
tags of these as well; where a stage has a tag itself, that one counts. The guide says so of REST APIs alone, here it
holds for both: a policy that protects an API by its tag protects its routes too.
"""

from urllib.parse import unquote

from limen.aws.arn import find_arn
from limen.aws.call import AwsCall
from limen.store.reader import Reader

PREFIX = "aws:resourcetag/"

_TAGS = "/tags/"
_NOUNS: dict[str, tuple[str, ...]] = {
    "apikeys": ("ApiKey",),
    "apis": ("Api",),
    "clientcertificates": ("ClientCertificate",),
    "domainnames": ("DomainName",),
    "restapis": ("RestApi",),
    "usageplans": ("UsagePlan",),
    "vpclinks": ("VpcLink", "RestVpcLink"),
}


def resource_tag_context(call: AwsCall, reader: Reader) -> dict[str, str]:
    """By condition key; nothing of what is not there yet."""
    kind, key, below, name, *_ = [*_segments(call.path.removeprefix("/v2")), "", "", "", ""]
    tags: dict[str, str] = {}
    for noun in _NOUNS.get(kind, ()):
        tags |= _tags(reader, noun, f"{call.account}/{call.region}", key)
    if below == "stages" and name:
        tags |= _tags(reader, "Stage", key, name)
    return {f"{PREFIX}{key.lower()}": value for key, value in tags.items()}


def _segments(path: str) -> list[str]:
    """Of the resource that a path names, or the ARN in it, which is read as tags.find_tagged does."""
    if path.startswith(_TAGS):
        arn = find_arn(unquote(path.removeprefix(_TAGS).replace("%2F", "/")))
        path = "" if arn is None else arn.resource
    return [segment.replace("%2F", "/") for segment in path.strip("/").split("/")]


def _tags(reader: Reader, noun: str, parent: str, key: str) -> dict[str, str]:
    document = reader.get(noun, parent, key) if key else None
    return {} if document is None else dict(document.get("tags") or {})
