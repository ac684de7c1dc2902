"""Custom domain names as the first API shows them; one document with `control/v2/domain_names.py`, which says more."""

from functools import partial
from typing import Any

from limen.aws.errors import bad_request, not_implemented
from limen.aws.patch import ADD, ALL, PLAIN, REMOVE, REPLACE, Edit, Elements, PatchPath, PatchPaths, enum, text
from limen.control.call import Answer, Call
from limen.control.documents import given
from limen.control.domains.certificates import EDGE_REGION, check_arn
from limen.control.domains.changing import Change, carry_out
from limen.control.domains.documents import DOMAIN, MUTUAL_TLS, delete_domain, find_domain, new_domain, target_of
from limen.control.domains.truststores import change_truststore
from limen.control.tags import checked_tags
from limen.control.v1 import quotas
from limen.control.v1.documents import items, list_page
from limen.control.v1.endpoints import ACCESS_MODES, SECURITY_POLICIES, TYPES
from limen.control.v2.domain_names import HOSTED_ZONE
from limen.features.domain_names.records import MAPPINGS_ONLY, RULES_ONLY, RULES_THEN_MAPPINGS
from limen.store.documents import Document

DISTRIBUTION_ZONE = "Z2FDTNDATAQYW2"
"""The Route 53 zone of CloudFront."""

CERTIFICATES = {
    "EDGE": {"certificateArn": "certificateArn", "certificateName": "certificateName"},
    "REGIONAL": {"regionalCertificateArn": "certificateArn", "regionalCertificateName": "certificateName"},
}
"""By type of endpoint: members of this API, and what they are in the configuration of a document."""

ROUTING_MODES = {
    MAPPINGS_ONLY: "BASE_PATH_MAPPING_ONLY",
    RULES_ONLY: "ROUTING_RULE_ONLY",
    RULES_THEN_MAPPINGS: "ROUTING_RULE_THEN_BASE_PATH_MAPPING",
}
"""How this API calls what a document has."""

_OWN_MODES = {shown: mode for mode, shown in ROUTING_MODES.items()}

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


def create_domain_name(call: Call, members: dict[str, Any]) -> Answer:
    return carry_out(call, partial(_created, members), answer_domain)


def get_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_domain(call, find(call, members))


def get_domain_names(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    if members.get("resourceOwner") == "OTHER_ACCOUNTS":
        return items([], None)
    found, position = list_page(call, DOMAIN, call.scope, members)
    return items([answer_domain(call, domain) for domain in found], position)


def update_domain_name(call: Call, members: dict[str, Any]) -> Answer:
    return carry_out(call, partial(_updated, members), answer_domain)


def replace_domain_name(call: Call, name: str, members: dict[str, Any]) -> Answer:
    """Sets all that CreateDomainName takes, and unsets what is not given."""
    return carry_out(call, partial(_replaced, name, members), answer_domain)


def delete_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Its base path mappings and routing rules go with it."""
    delete_domain(call, find(call, members))
    return {}


def find(call: Call, members: dict[str, Any]) -> Document:
    return find_domain(call, members["domain_name"], members.get("domainNameId"))


def answer_domain(call: Call, domain: Document) -> dict[str, Any]:
    target = target_of(call, domain)
    shown = settings_of(domain) | {
        "domainName": domain["domainName"],
        "domainNameArn": domain["domainNameArn"],
        "domainNameStatus": domain["domainNameConfigurations"][0]["domainNameStatus"],
    }
    if domain["tags"]:
        shown["tags"] = domain["tags"]
    for configuration in domain["domainNameConfigurations"]:
        if configuration["endpointType"] == "EDGE":
            shown |= {"distributionDomainName": target, "distributionHostedZoneId": DISTRIBUTION_ZONE}
            shown |= given(configuration, ("certificateUploadDate",))
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
        **given(domain, ("endpointAccessMode", MUTUAL_TLS)),
        **given(first, ("ownershipVerificationCertificateArn",)),
    }
    for configuration in configurations:
        for name, own in CERTIFICATES[configuration["endpointType"]].items():
            if own in configuration:
                settings[name] = configuration[own]
    return settings


def _created(members: dict[str, Any], call: Call) -> Change:
    _refuse_unserved(members)
    settings = given(members, SETTINGS)
    bare = new_domain(call, members["domainName"], checked_tags(members))
    quotas.check_room_in_account(call, DOMAIN)
    return Change(None, _configured(call, bare, settings), names_truststore=MUTUAL_TLS in settings)


def _updated(members: dict[str, Any], call: Call) -> Change:
    before, operations = find(call, members), members.get("patchOperations") or []
    ops = {operation.get("op") for operation in operations if "certificate" in str(operation.get("path")).lower()}
    if {ADD, REMOVE} <= ops:
        raise bad_request("Certificates cannot be added and removed in one request")
    settings = PATCH_PATHS.apply(settings_of(before), operations)
    _refuse_unserved(settings)
    patched = {operation.get("path") for operation in operations} & _TRUSTSTORE.keys()
    _settle_truststore(before, settings, {_TRUSTSTORE[str(path)] for path in patched})
    return Change(before, _configured(call, before, settings), names_truststore=bool(patched))


def _replaced(name: str, members: dict[str, Any], call: Call) -> Change:
    _refuse_unserved(members)
    before, settings = find_domain(call, name), given(members, SETTINGS)
    after = _configured(call, before, settings) | {"tags": checked_tags(members)}
    return Change(before, after, names_truststore=MUTUAL_TLS in settings)


def _settle_truststore(before: Document, settings: Document, patched: set[str]) -> None:
    """The URI and the version are patched one by one: without the one, or with another, the other means nothing."""
    truststore = settings.get(MUTUAL_TLS, {})
    old = before.get(MUTUAL_TLS, {}).get("truststoreUri")
    uri = truststore.get("truststoreUri")
    if old and not uri:
        settings.pop(MUTUAL_TLS, None)
    elif old != uri and "truststoreVersion" not in patched:
        truststore.pop("truststoreVersion", None)


def _configured(call: Call, domain: Document, settings: Document) -> Document:
    """A copy of the document with what `settings_of` would give."""
    types = dict.fromkeys(settings.get("endpointConfiguration", {}).get("types") or ["EDGE"])
    changed = {name: value for name, value in domain.items() if name not in (MUTUAL_TLS, "endpointAccessMode")}
    changed["domainNameConfigurations"] = [_configuration(call, domain, kind, settings) for kind in types]
    changed["routingMode"] = _own_mode(settings.get("routingMode", ROUTING_MODES[MAPPINGS_ONLY]))
    wanted = settings.get(MUTUAL_TLS, {})
    change_truststore(changed, wanted)
    if MUTUAL_TLS in changed:
        changed[MUTUAL_TLS] |= given(wanted, ("truststoreWarnings",))
    return changed | {name: value for name in ("endpointAccessMode",) if (value := settings.get(name))}


def _own_mode(shown: str) -> str:
    if shown not in _OWN_MODES:
        raise bad_request(f"Invalid routing mode specified: {shown}")
    return _OWN_MODES[shown]


def _configuration(call: Call, domain: Document, kind: str, settings: Document) -> Document:
    if kind not in CERTIFICATES:
        raise bad_request(_WRONG_TYPE)
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
    region = EDGE_REGION if kind == "EDGE" else domain["_region"]
    check_arn(configuration["certificateArn"], region)
    if "ownershipVerificationCertificateArn" in configuration:
        check_arn(configuration["ownershipVerificationCertificateArn"], region)
    if kind == "EDGE":
        configuration["certificateUploadDate"] = _uploaded(call, domain, configuration["certificateArn"])
    return configuration


def _uploaded(call: Call, domain: Document, arn: str) -> str:
    """When the edge-optimized endpoint got this certificate."""
    for old in domain.get("domainNameConfigurations", []):
        if old["endpointType"] == "EDGE" and old.get("certificateArn") == arn and "certificateUploadDate" in old:
            return str(old["certificateUploadDate"])
    return call.now


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


_TRUSTSTORE = {f"/{MUTUAL_TLS}/{name}": name for name in ("truststoreUri", "truststoreVersion")}
"""Members by path."""


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


_WRONG_TYPE = f"Invalid EndpointTypes specified. Valid options are {','.join(TYPES)}"
_TYPE = enum(TYPES, _WRONG_TYPE)

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
        *(PatchPath(path, ALL, text) for path in _TRUSTSTORE),
        PatchPath("/ownershipVerificationCertificateArn", ALL, text),
        PatchPath(
            "/routingMode", (REPLACE,), enum(tuple(ROUTING_MODES.values()), "Invalid routing mode specified: {value}")
        ),
        PatchPath("/securityPolicy", (REPLACE,), enum(SECURITY_POLICIES, "Invalid security policy specified: {value}")),
    ],
    PLAIN,
)
