"""Custom domain names: kept as AWS describes them, with the certificate that they are said to have."""

import re
from typing import Any

from limen.aws.arn import new_arn
from limen.aws.errors import bad_request, not_found, not_implemented
from limen.aws.ids import new_id
from limen.control.call import Call
from limen.control.tags import checked_tags
from limen.control.v2 import quotas
from limen.control.v2.documents import answer, given, items, list_page
from limen.store.documents import Document

HOSTED_ZONE = "Z1UJRXOUMOOFQ8"
"""A Route 53 zone as AWS answers one; Limen has no DNS of its own."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})+")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:(?P<region>[a-z0-9-]+):\d{12}:certificate/[\w-]+")
_TRUSTSTORE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+")


def create_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = _change(call, new_domain(call, members), members)
    if "domainNameConfigurations" not in changed:
        raise bad_request("Exactly one domain name configuration must be specified")
    call.documents.put("DomainName", call.scope, changed["domainName"], changed)
    return answer_domain(call, changed)


def get_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_domain(call, find_domain(call, members))


def get_domain_names(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    found, token = list_page(call, "DomainName", call.scope, members)
    return items([answer_domain(call, domain) for domain in found], token)


def update_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = _change(call, find_domain(call, members), members)
    call.documents.put("DomainName", call.scope, changed["domainName"], changed)
    return answer_domain(call, changed)


def delete_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Its API mappings go with it."""
    name = find_domain(call, members)["domainName"]
    call.documents.delete_children(mappings_of(name))
    call.documents.delete("DomainName", call.scope, name)
    return {}


def new_domain(call: Call, members: dict[str, Any]) -> Document:
    """One that nobody has, with neither configuration nor certificate yet."""
    name = members["domainName"]
    if len(name) > 255 or not _NAME.fullmatch(name):
        raise bad_request(f"Invalid domain name specified: {name}")
    if any(key == name for _, key, _ in call.documents.all("DomainName")):
        raise bad_request("The domain name you provided already exists.")
    quotas.check_room_in_account(call, "DomainName")
    return {
        "apiMappingSelectionExpression": "$request.basepath",
        "domainName": name,
        "domainNameArn": str(new_arn("apigateway", call.aws.region, "", f"/domainnames/{name}")),
        "routingMode": "API_MAPPING_ONLY",
        "tags": checked_tags(members),
        "_account": call.aws.account,
        "_region": call.aws.region,
        "_label": f"d-{new_id(10)}",
    }


def find_domain(call: Call, members: dict[str, Any]) -> Document:
    domain = call.documents.get("DomainName", call.scope, members["domainName"])
    if domain is None:
        raise not_found("Invalid domain name identifier specified", "DomainName")
    return domain


def mappings_of(name: str) -> str:
    """The parent of a domain name's API mappings."""
    return f"domain/{name}"


def domains_of(call: Call, api_id: str, stage_name: str | None = None) -> list[str]:
    """The names that are mapped to an API, of either type, or to one of its stages."""
    mappings = [mapping for _, _, mapping in call.documents.all("ApiMapping") if mapping["apiId"] == api_id]
    return sorted({mapping["_domainName"] for mapping in mappings if stage_name in (None, mapping.get("stage"))})


def answer_domain(call: Call, domain: Document) -> dict[str, Any]:
    target = target_of(call, domain)
    configurations = [
        {"apiGatewayDomainName": target, **configuration} for configuration in domain["domainNameConfigurations"]
    ]
    return answer(domain) | {"domainNameConfigurations": configurations}


def target_of(call: Call, domain: Document) -> str:
    """The host that the owner's DNS leads the name to."""
    return f"{domain['_label']}.execute-api.{domain['_region']}.{call.settings.suffix}"


def _change(call: Call, domain: Document, members: dict[str, Any]) -> Document:
    changed = dict(domain)
    if members.get("routingMode") not in (None, "API_MAPPING_ONLY"):
        raise not_implemented(f"the routing mode {members['routingMode']}")
    configurations = members.get("domainNameConfigurations")
    if configurations is not None:
        if len(configurations) != 1:
            raise bad_request("Exactly one domain name configuration must be specified")
        old = domain.get("domainNameConfigurations", [{}])[0]
        changed["domainNameConfigurations"] = [_configuration(call, old, configurations[0])]
    truststore = members.get("mutualTlsAuthentication")
    if truststore is not None:
        change_truststore(changed, truststore)
    return changed


def _configuration(call: Call, old: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    names = ("certificateArn", "certificateName", "ipAddressType", "ownershipVerificationCertificateArn")
    configuration = {
        "domainNameStatus": "AVAILABLE",
        "endpointType": "REGIONAL",
        "hostedZoneId": HOSTED_ZONE,
        "ipAddressType": "ipv4",
        "securityPolicy": "TLS_1_2",
        **old,
        **given(wanted, names),
    }
    if wanted.get("endpointType", "REGIONAL") != "REGIONAL":
        raise bad_request(f"{wanted['endpointType']} endpoint type is not supported for APIGatewayV2 domainName")
    if wanted.get("securityPolicy", "TLS_1_2") != "TLS_1_2":
        raise bad_request(f"Security policy {wanted['securityPolicy']} is not supported for APIGatewayV2 domainName")
    if not configuration.get("certificateArn"):
        raise bad_request("Certificate ARN must be specified for a regional domain name")
    for name in ("certificateArn", "ownershipVerificationCertificateArn"):
        if configuration.get(name):
            check_certificate(configuration[name], call.aws.region)
    return configuration


def check_certificate(arn: str, region: str) -> None:
    form = _CERTIFICATE.fullmatch(arn)
    if form is None:
        raise bad_request(f"Invalid certificate ARN: {arn}")
    if form["region"] != region:
        raise bad_request(f"Invalid certificate ARN: {arn}. Certificate must be in '{region}'.")


def change_truststore(domain: Document, wanted: dict[str, Any]) -> None:
    """An empty `truststoreUri` turns mutual TLS off."""
    changed = domain.get("mutualTlsAuthentication", {}) | given(wanted, ("truststoreUri", "truststoreVersion"))
    uri = changed.get("truststoreUri")
    if not uri:
        domain.pop("mutualTlsAuthentication", None)
        return
    if not _TRUSTSTORE.fullmatch(uri):
        raise bad_request(f"Invalid truststore URI: {uri}. It must have the form s3://bucket-name/key-name")
    domain["mutualTlsAuthentication"] = {name: value for name, value in changed.items() if value}
