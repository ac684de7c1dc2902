"""Custom domain names as the first API shows them; one document with `control/v2/domain_names.py`, which says more."""

from typing import Any

from limen.aws.errors import bad_request, not_found, not_implemented
from limen.aws.patch import ADD, ALL, PLAIN, REMOVE, REPLACE, Edit, Elements, PatchPath, PatchPaths, enum, text
from limen.control.call import Call
from limen.control.documents import given
from limen.control.tags import checked_tags
from limen.control.v1.documents import UNKNOWN, items, list_page
from limen.control.v1.endpoints import ACCESS_MODES, SECURITY_POLICIES, TYPES
from limen.control.v2.domain_names import (
    HOSTED_ZONE,
    change_truststore,
    check_certificate,
    find_domain,
    mappings_of,
    new_domain,
    target_of,
)
from limen.store.documents import Document

DISTRIBUTION_ZONE = "Z2FDTNDATAQYW2"
"""The Route 53 zone of CloudFront."""
DISTRIBUTION_REGION = "us-east-1"
"""Where the certificate of an edge-optimized domain name has to be."""

CERTIFICATES = {
    "EDGE": {"certificateArn": "certificateArn", "certificateName": "certificateName"},
    "REGIONAL": {"regionalCertificateArn": "certificateArn", "regionalCertificateName": "certificateName"},
}
"""By type of endpoint: members of this API, and what they are in the configuration of a document."""

ROUTING_MODES = {
    "API_MAPPING_ONLY": "BASE_PATH_MAPPING_ONLY",
    "ROUTING_RULE_ONLY": "ROUTING_RULE_ONLY",
    "ROUTING_RULE_THEN_API_MAPPING": "ROUTING_RULE_THEN_BASE_PATH_MAPPING",
}
"""How this API calls what a document has."""

UPLOADS = ("certificateBody", "certificatePrivateKey", "certificateChain")
SETTINGS = (
    *(name for names in CERTIFICATES.values() for name in names),
    "endpointAccessMode",
    "endpointConfiguration",
    "mutualTlsAuthentication",
    "ownershipVerificationCertificateArn",
    "routingMode",
    "securityPolicy",
)
"""What an owner chooses."""


def create_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    _refuse_unserved(members)
    domain = _configured(new_domain(call, members), given(members, SETTINGS))
    return answer_domain(call, _put(call, domain))


def get_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_domain(call, find(call, members))


def get_domain_names(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    if members.get("resourceOwner") == "OTHER_ACCOUNTS":
        return items([], None)
    found, position = list_page(call, "DomainName", call.scope, members)
    return items([answer_domain(call, domain) for domain in found], position)


def update_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    domain, operations = find(call, members), members.get("patchOperations") or []
    ops = {operation.get("op") for operation in operations if "certificate" in str(operation.get("path")).lower()}
    if {ADD, REMOVE} <= ops:
        raise bad_request("Certificates cannot be added and removed in one request")
    settings = PATCH_PATHS.apply(settings_of(domain), operations)
    _refuse_unserved(settings)
    return answer_domain(call, _put(call, _configured(domain, settings)))


def replace_domain_name(call: Call, name: str, members: dict[str, Any]) -> dict[str, Any]:
    """Sets all that CreateDomainName takes, and unsets what is not given."""
    _refuse_unserved(members)
    domain = find_domain(call, {"domainName": name}) | {"tags": checked_tags(members)}
    return answer_domain(call, _put(call, _configured(domain, given(members, SETTINGS))))


def delete_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Its base path mappings go with it."""
    name = find(call, members)["domainName"]
    call.documents.delete_children(mappings_of(name))
    call.documents.delete("DomainName", call.scope, name)
    return {}


def find(call: Call, members: dict[str, Any]) -> Document:
    """The domain name of a call; only a private one, which Limen does not have, has an id."""
    if members.get("domainNameId"):
        raise not_found(UNKNOWN["DomainName"])
    return find_domain(call, {"domainName": members["domain_name"]})


def answer_domain(call: Call, domain: Document) -> dict[str, Any]:
    target = target_of(call, domain)
    shown = settings_of(domain) | {
        "domainName": domain["domainName"],
        "domainNameArn": domain["domainNameArn"],
        "domainNameStatus": domain["domainNameConfigurations"][0]["domainNameStatus"],
    }
    if domain["tags"]:
        shown["tags"] = domain["tags"]
    for kind in shown["endpointConfiguration"]["types"]:
        if kind == "EDGE":
            shown |= {"distributionDomainName": target, "distributionHostedZoneId": DISTRIBUTION_ZONE}
        else:
            shown |= {"regionalDomainName": target, "regionalHostedZoneId": HOSTED_ZONE}
    return shown


def settings_of(domain: Document) -> Document:
    """What the owner chose, by the names of this API."""
    configurations = domain["domainNameConfigurations"]
    first = configurations[0]
    settings: Document = {
        "endpointConfiguration": {
            "types": [each["endpointType"] for each in configurations],
            "ipAddressType": first["ipAddressType"],
        },
        "routingMode": ROUTING_MODES[domain["routingMode"]],
        "securityPolicy": first["securityPolicy"],
        **given(domain, ("endpointAccessMode", "mutualTlsAuthentication")),
        **given(first, ("ownershipVerificationCertificateArn",)),
    }
    for configuration in configurations:
        for name, own in CERTIFICATES[configuration["endpointType"]].items():
            if own in configuration:
                settings[name] = configuration[own]
    return settings


def _configured(domain: Document, settings: Document) -> Document:
    """A copy of the document with what `settings_of` would give, checked."""
    endpoint = settings.get("endpointConfiguration", {})
    types = endpoint.get("types") or ["EDGE"]
    changed = {name: value for name, value in domain.items() if name != "mutualTlsAuthentication"}
    changed["domainNameConfigurations"] = [_configuration(domain, kind, settings) for kind in types]
    change_truststore(changed, settings.get("mutualTlsAuthentication", {}))
    changed.pop("endpointAccessMode", None)
    policy = settings.get("securityPolicy", "TLS_1_2")
    if settings.get("endpointAccessMode"):
        changed["endpointAccessMode"] = settings["endpointAccessMode"]
    elif policy.startswith("SecurityPolicy_"):
        raise bad_request(f"Security policy {policy} needs an endpoint access mode")
    return changed


def _configuration(domain: Document, kind: str, settings: Document) -> Document:
    configuration: Document = {
        "domainNameStatus": "AVAILABLE",
        "endpointType": kind,
        "hostedZoneId": DISTRIBUTION_ZONE if kind == "EDGE" else HOSTED_ZONE,
        "ipAddressType": settings.get("endpointConfiguration", {}).get("ipAddressType", "ipv4"),
        "securityPolicy": settings.get("securityPolicy", "TLS_1_2"),
        **{own: settings[name] for name, own in CERTIFICATES[kind].items() if settings.get(name)},
        **given(settings, ("ownershipVerificationCertificateArn",)),
    }
    shown = "an edge-optimized" if kind == "EDGE" else "a regional"
    if "certificateArn" not in configuration:
        raise bad_request(f"Certificate ARN must be specified for {shown} domain name")
    region = DISTRIBUTION_REGION if kind == "EDGE" else domain["_region"]
    check_certificate(configuration["certificateArn"], region)
    if "ownershipVerificationCertificateArn" in configuration:
        check_certificate(configuration["ownershipVerificationCertificateArn"], region)
    return configuration


def _refuse_unserved(members: dict[str, Any]) -> None:
    """Refuses by name what would be dropped, and what Limen does not have."""
    for name in UPLOADS:
        if members.get(name):
            raise bad_request(f"Limen does not take {name}: import the certificate, and give its ARN as certificateArn")
    if "PRIVATE" in members.get("endpointConfiguration", {}).get("types", ()):
        raise not_implemented("private custom domain names")
    for name in ("policy", "managementPolicy"):
        if members.get(name):
            raise not_implemented(f"private custom domain names, which {name} belongs to")
    if members.get("routingMode") not in (None, "BASE_PATH_MAPPING_ONLY"):
        raise not_implemented(f"the routing mode {members['routingMode']}")


def _put(call: Call, domain: Document) -> Document:
    call.documents.put("DomainName", call.scope, domain["domainName"], domain)
    return domain


class _Type:
    """One type of endpoint, which the path names as it is or by its position: Terraform says `/0`."""

    def replace(self, document: Document, edit: Edit, value: Any) -> None:
        types, named = document["endpointConfiguration"]["types"], edit.variables["type"]
        if named not in (*types, *map(str, range(len(types)))):
            raise bad_request(PLAIN.unknown_path(edit, []))
        index = types.index(named) if named in types else int(named)
        document["endpointConfiguration"]["types"] = list(dict.fromkeys([*types[:index], value, *types[index + 1 :]]))

    def add(self, document: Document, edit: Edit, value: Any) -> None:
        self.replace(document, edit, value)

    def remove(self, document: Document, edit: Edit) -> None:
        self.replace(document, edit, None)


_TYPE = enum(TYPES, f"Invalid EndpointTypes specified. Valid options are {','.join(TYPES)}")

PATCH_PATHS = PatchPaths(
    [
        *(PatchPath(f"/{name}", ALL, text) for names in CERTIFICATES.values() for name in names),
        PatchPath("/endpointConfiguration/types", (ADD, REMOVE), _TYPE, Elements(("endpointConfiguration", "types"))),
        PatchPath("/endpointConfiguration/types/{type}", (REPLACE,), _TYPE, _Type()),
        PatchPath(
            "/endpointConfiguration/ipAddressType",
            (REPLACE,),
            enum(("ipv4", "dualstack"), "Invalid IP address type specified: {value}"),
        ),
        PatchPath(
            "/endpointAccessMode",
            (REPLACE,),
            enum(ACCESS_MODES, "Invalid endpoint access mode specified: {value}", may_be_empty=True),
        ),
        PatchPath("/managementPolicy", (REPLACE,), text),
        PatchPath("/policy", (REPLACE,), text),
        PatchPath("/mutualTlsAuthentication/truststoreUri", ALL, text),
        PatchPath("/mutualTlsAuthentication/truststoreVersion", ALL, text),
        PatchPath("/ownershipVerificationCertificateArn", ALL, text),
        PatchPath(
            "/routingMode", (REPLACE,), enum(tuple(ROUTING_MODES.values()), "Invalid routing mode specified: {value}")
        ),
        PatchPath("/securityPolicy", (REPLACE,), enum(SECURITY_POLICIES, "Invalid security policy specified: {value}")),
    ],
    PLAIN,
)
