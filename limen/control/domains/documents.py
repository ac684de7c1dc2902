"""Documents of custom domain names: where they are, what is below them, and what leads to an API or a stage."""

import re
from collections.abc import Iterator

from msgspec import Struct

from limen.aws.arn import new_arn
from limen.aws.errors import bad_request, not_found
from limen.aws.ids import new_id
from limen.control.call import Call
from limen.control.domains.own_hosts import is_own_host
from limen.features.domain_names.records import MAPPINGS_ONLY
from limen.store.documents import Document

DOMAIN, MAPPING, RULE, TRUSTSTORE = "DomainName", "ApiMapping", "RoutingRule", "Truststore"
"""Nouns. Domain names are children of an account in a region, all others of a domain name."""

TRUSTSTORE_KEY = "truststore"
"""A domain name has one."""

MUTUAL_TLS = "mutualTlsAuthentication"
"""The member of a domain name that says where its truststore is."""

_CHILDREN = "domain/"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})+")


class Place(Struct, frozen=True):
    """Where a truststore is."""

    uri: str
    version: str | None


def mappings_of(name: str) -> str:
    """The parent of a domain name's API mappings, and of all else that it has."""
    return f"{_CHILDREN}{name}"


def name_of(parent: str) -> str | None:
    """The domain name whose children have this parent."""
    return parent.removeprefix(_CHILDREN) if parent.startswith(_CHILDREN) else None


def find_domain(call: Call, name: str, domain_id: str | None = None) -> Document:
    """Only a private domain name, which Limen does not have, has an id."""
    domain = None if domain_id else call.documents.get(DOMAIN, call.scope, name)
    if domain is None:
        raise not_found("Invalid domain name identifier specified", DOMAIN)
    return domain


def new_domain(call: Call, name: str, tags: dict[str, str]) -> Document:
    """One that nobody has, with neither configuration nor certificate yet."""
    if len(name) > 255 or not _NAME.fullmatch(name) or name.rpartition(".")[2].isdigit():  # as of an IP address
        raise bad_request(f"Invalid domain name specified: {name}")
    if is_own_host(name, call.settings.suffix, call.settings.public_url):
        raise bad_request(f"Invalid domain name specified: {name}. This server has hosts of that name")
    _check_free(call, name)
    return {
        "apiMappingSelectionExpression": "$request.basepath",
        "domainName": name,
        "domainNameArn": str(new_arn("apigateway", call.aws.region, "", f"/domainnames/{name}")),
        "routingMode": MAPPINGS_ONLY,
        "tags": tags,
        "_account": call.aws.account,
        "_region": call.aws.region,
        "_label": f"d-{new_id(10)}",
    }


def place_of(domain: Document) -> Place | None:
    """None without mutual TLS."""
    found = domain.get(MUTUAL_TLS)
    return None if not found else Place(found["truststoreUri"], found.get("truststoreVersion"))


def arns_of(domain: Document | None) -> list[str]:
    """Those that it is served with, without the one that proves its ownership."""
    configurations = [] if domain is None else domain["domainNameConfigurations"]
    return [each["certificateArn"] for each in configurations if each.get("certificateArn")]


def delete_domain(call: Call, domain: Document) -> None:
    """With its mappings, rules and truststore."""
    name = domain["domainName"]
    call.documents.delete_children(mappings_of(name))
    call.documents.delete(DOMAIN, call.scope, name)


def target_of(call: Call, domain: Document) -> str:
    """The host that the owner's DNS leads the name to."""
    return f"{domain['_label']}.execute-api.{domain['_region']}.{call.settings.suffix}"


def domains_of(call: Call, api_id: str, stage_name: str | None = None) -> list[str]:
    """The names that are mapped to an API, of either type, or to one of its stages."""
    mappings = [mapping for _, _, mapping in call.documents.all(MAPPING) if mapping["apiId"] == api_id]
    return sorted({mapping["_domainName"] for mapping in mappings if stage_name in (None, mapping.get("stage"))})


def check_no_rules(call: Call, what: str, api_id: str, stage_name: str | None = None) -> None:
    """Before an API or one of its stages is deleted: routing rules would lead nowhere."""
    leading = sorted(_rules_to(call, api_id, stage_name))
    if leading:
        raise bad_request(
            f"Deleting {what} failed. Please remove all routing rules that lead to it in your domains: "
            f"{', '.join(leading)}"
        )


def _rules_to(call: Call, api_id: str, stage_name: str | None) -> Iterator[str]:
    for _, rule_id, rule in call.documents.all(RULE):
        target = rule["actions"][0]["invokeApi"]
        if target["apiId"] == api_id and stage_name in (None, target["stage"]):
            yield f"{rule['_domainName']} ({rule_id})"


def _check_free(call: Call, name: str) -> None:
    """Hosts lead to a domain name whatever its account and region. A wildcard of another account would take over
    names of this one, or the other way round.
    """
    for _, other, domain in call.documents.all(DOMAIN):
        if other == name:
            raise bad_request("The domain name you provided already exists.")
        if domain["_account"] != call.aws.account and (_covers(other, name) or _covers(name, other)):
            raise bad_request(f"The domain name {name} conflicts with one of another account")


def _covers(wildcard: str, name: str) -> bool:
    return wildcard.startswith("*.") and name.partition(".")[2] == wildcard[2:]
