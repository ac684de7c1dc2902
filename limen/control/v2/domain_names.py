"""Custom domain names as the second API shows them; the document is this API's, the first one translates it."""

from functools import partial
from typing import Any

from limen.aws.errors import bad_request
from limen.control.call import Answer, Call
from limen.control.documents import answer, given
from limen.control.domains.certificates import check_arn
from limen.control.domains.changing import Change, carry_out
from limen.control.domains.checks import ONLY_REGIONAL
from limen.control.domains.documents import DOMAIN, MUTUAL_TLS, delete_domain, find_domain, new_domain, target_of
from limen.control.domains.truststores import change_truststore
from limen.control.tags import checked_tags
from limen.control.v2 import quotas
from limen.control.v2.documents import items, list_page
from limen.store.documents import Document

HOSTED_ZONE = "Z1UJRXOUMOOFQ8"
"""A Route 53 zone as AWS answers one; Limen has no DNS of its own."""

_ONE = "Exactly one domain name configuration must be specified"


def create_domain_name(call: Call, members: dict[str, Any]) -> Answer:
    return carry_out(call, partial(_created, members), answer_domain)


def get_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_domain(call, find_domain(call, members["domainName"]))


def get_domain_names(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    found, token = list_page(call, DOMAIN, call.scope, members)
    return items([answer_domain(call, domain) for domain in found], token)


def update_domain_name(call: Call, members: dict[str, Any]) -> Answer:
    """What is not given stays as it is."""
    return carry_out(call, partial(_updated, members), answer_domain)


def delete_domain_name(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Its API mappings and routing rules go with it."""
    delete_domain(call, find_domain(call, members["domainName"]))
    return {}


def answer_domain(call: Call, domain: Document) -> dict[str, Any]:
    target = target_of(call, domain)
    configurations = [
        {"apiGatewayDomainName": target, **configuration} for configuration in domain["domainNameConfigurations"]
    ]
    return answer(domain) | {"domainNameConfigurations": configurations}


def _created(members: dict[str, Any], call: Call) -> Change:
    if not members.get("domainNameConfigurations"):
        raise bad_request(_ONE)
    bare = new_domain(call, members["domainName"], checked_tags(members))
    quotas.check_room_in_account(call, DOMAIN)
    return _changed(call, None, bare, members)


def _updated(members: dict[str, Any], call: Call) -> Change:
    before = find_domain(call, members["domainName"])
    return _changed(call, before, dict(before), members)


def _changed(call: Call, before: Document | None, after: Document, members: dict[str, Any]) -> Change:
    """`after` is changed in place, and shares its members with `before` until then."""
    after |= given(members, ("routingMode",))
    configurations = members.get("domainNameConfigurations")
    if configurations is not None:
        if len(configurations) != 1:
            raise bad_request(_ONE)
        after["domainNameConfigurations"] = [_configuration(call, before, configurations[0])]
    truststore = members.get(MUTUAL_TLS) or {}
    change_truststore(after, truststore)
    return Change(before, after, names_truststore=bool(truststore))


def _configuration(call: Call, before: Document | None, wanted: dict[str, Any]) -> dict[str, Any]:
    old = before["domainNameConfigurations"] if before is not None else []
    if any(each["endpointType"] != "REGIONAL" for each in old):
        raise bad_request(ONLY_REGIONAL)
    if wanted.get("endpointType", "REGIONAL") != "REGIONAL":
        raise bad_request(f"{wanted['endpointType']} endpoint type is not supported for APIGatewayV2 domainName")
    if wanted.get("securityPolicy", "TLS_1_2") != "TLS_1_2":
        raise bad_request(f"Security policy {wanted['securityPolicy']} is not supported for APIGatewayV2 domainName")
    names = (
        "certificateArn",
        "certificateName",
        "ipAddressType",
        "ownershipVerificationCertificateArn",
        "securityPolicy",
    )
    configuration = {
        "domainNameStatus": "AVAILABLE",
        "endpointType": "REGIONAL",
        "hostedZoneId": HOSTED_ZONE,
        "ipAddressType": "ipv4",
        "securityPolicy": "TLS_1_2",
        **(old[0] if old else {}),
        **given(wanted, names),
    }
    if not configuration.get("certificateArn"):
        raise bad_request("Certificate ARN must be specified for a regional domain name")
    for name in ("certificateArn", "ownershipVerificationCertificateArn"):
        if configuration.get(name):
            check_arn(configuration[name], call.aws.region)
    return {name: value for name, value in configuration.items() if value}
