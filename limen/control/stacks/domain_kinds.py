"""Custom domain names as resources: those of both APIs, with what is mapped to them."""

from limen.aws.errors import bad_request
from limen.control.domains.documents import mappings_of
from limen.control.stacks.judges import judge_domain_policy
from limen.control.stacks.kind import (
    Kind,
    Made,
    Properties,
    Record,
    Work,
    properties,
    refused_kind,
    unless_missing,
    without,
)
from limen.control.stacks.members import members_of, tags_of
from limen.control.v1.base_path_mappings import NONE
from limen.control.v1.domain_names import replace_domain_name
from limen.features.domain_names.records import MAPPINGS_ONLY

REST, HTTP = "apigateway", "apigatewayv2"
PRIVATE = "Limen has no private custom domain names"


def _tagged(values: Properties) -> Properties:
    return values | {"Tags": tags_of(values["Tags"])} if values.get("Tags") else without(values, "Tags")


# --- AWS::ApiGateway

_ATTRIBUTES = {
    "DistributionDomainName": "distributionDomainName",
    "DistributionHostedZoneId": "distributionHostedZoneId",
    "DomainNameArn": "domainNameArn",
    "RegionalDomainName": "regionalDomainName",
    "RegionalHostedZoneId": "regionalHostedZoneId",
}


def _create_domain(work: Work, name: str, values: Properties) -> Made:
    return _made_domain(work, work.create(REST, "CreateDomainName", _tagged(values)))


def _update_domain(work: Work, record: Record, after: Properties) -> Made:
    members = members_of(REST, "CreateDomainName", _tagged(after))
    return _made_domain(work, work.finish(replace_domain_name(work.call, record.made.physical_id, members)))


def _made_domain(work: Work, shown: Properties) -> Made:
    attributes = {name: shown[member] for name, member in _ATTRIBUTES.items() if member in shown}
    return Made(shown["domainName"], attributes, ("DomainName", work.scope, shown["domainName"]))


def _delete_domain(work: Work, record: Record) -> None:
    unless_missing(lambda: work.run(REST, "DeleteDomainName", {"domain_name": record.made.physical_id}))


def _create_base_path(work: Work, name: str, values: Properties) -> Made:
    made = work.create(REST, "CreateBasePathMapping", values)
    domain, base_path = str(values["DomainName"]), made["basePath"]
    found = work.call.documents.list("ApiMapping", mappings_of(domain))
    key = next(key for key, mapping in found if mapping.get("apiMappingKey", NONE) == base_path)
    return Made(f"{domain}|{base_path}", {}, ("ApiMapping", mappings_of(domain), key))


def _update_base_path(work: Work, record: Record, after: Properties) -> Made:
    _delete_base_path(work, record)
    return _create_base_path(work, record.name, after)


def _delete_base_path(work: Work, record: Record) -> None:
    members = {
        "domain_name": str(record.properties["DomainName"]),
        "base_path": str(record.properties.get("BasePath") or NONE),
    }
    unless_missing(lambda: work.run(REST, "DeleteBasePathMapping", members))


# --- AWS::ApiGatewayV2


def _create_http_domain(work: Work, name: str, values: Properties) -> Made:
    return _made_http_domain(work, work.create(HTTP, "CreateDomainName", _tagged(values)))


def _update_http_domain(work: Work, record: Record, after: Properties) -> Made:
    """What left the template is as in a new domain name: mutual TLS off, mappings alone."""
    unset = {
        "routingMode": MAPPINGS_ONLY,
        "mutualTlsAuthentication": {"truststoreUri": "", "truststoreVersion": ""},
    }
    members = members_of(HTTP, "UpdateDomainName", without(after, "Tags"))
    return _made_http_domain(work, work.run(HTTP, "UpdateDomainName", unset | members))


def _made_http_domain(work: Work, shown: Properties) -> Made:
    first, name = shown["domainNameConfigurations"][0], shown["domainName"]
    attributes = {
        "DomainNameArn": shown["domainNameArn"],
        "RegionalDomainName": first["apiGatewayDomainName"],
        "RegionalHostedZoneId": first["hostedZoneId"],
    }
    return Made(name, attributes, ("DomainName", work.scope, name))


def _delete_http_domain(work: Work, record: Record) -> None:
    unless_missing(lambda: work.run(HTTP, "DeleteDomainName", {"domainName": record.made.physical_id}))


def _create_mapping(work: Work, name: str, values: Properties) -> Made:
    made = work.create(HTTP, "CreateApiMapping", values)
    key = made["apiMappingId"]
    return Made(key, {"ApiMappingId": key}, ("ApiMapping", mappings_of(str(values["DomainName"])), key))


def _update_mapping(work: Work, record: Record, after: Properties) -> Made:
    members = {"apiMappingKey": "", **members_of(HTTP, "CreateApiMapping", after)}
    work.run(HTTP, "UpdateApiMapping", members | {"apiMappingId": record.made.physical_id})
    return record.made


def _delete_mapping(work: Work, record: Record) -> None:
    members = {"domainName": str(record.properties["DomainName"]), "apiMappingId": record.made.physical_id}
    unless_missing(lambda: work.run(HTTP, "DeleteApiMapping", members))


def _rule_members(values: Properties) -> Properties:
    """A rule names its domain name by its ARN, the operations by its name."""
    named = without(values, "DomainNameArn") | {"DomainName": _domain_of(str(values["DomainNameArn"]))}
    return members_of(HTTP, "CreateRoutingRule", named)


def _domain_of(arn: str) -> str:
    _, found, name = arn.partition(":/domainnames/")
    if not found or "+" in name:
        raise bad_request(f"Invalid DomainNameArn: {arn}")
    return name


def _create_rule(work: Work, name: str, values: Properties) -> Made:
    members = _rule_members(values)
    made = work.run(HTTP, "CreateRoutingRule", members)
    arn, key = made["routingRuleArn"], made["routingRuleId"]
    place = ("RoutingRule", mappings_of(members["domainName"]), key)
    return Made(arn, {"RoutingRuleArn": arn, "RoutingRuleId": key}, place)


def _update_rule(work: Work, record: Record, after: Properties) -> Made:
    work.run(HTTP, "PutRoutingRule", _rule_members(after) | {"routingRuleId": record.made.attributes["RoutingRuleId"]})
    return record.made


def _delete_rule(work: Work, record: Record) -> None:
    members = {
        "domainName": _domain_of(str(record.properties["DomainNameArn"])),
        "routingRuleId": record.made.attributes["RoutingRuleId"],
    }
    unless_missing(lambda: work.run(HTTP, "DeleteRoutingRule", members))


DOMAIN_KINDS = (
    Kind(
        "AWS::ApiGateway::DomainName",
        properties(
            "CertificateArn DomainName! EndpointAccessMode EndpointConfiguration MutualTlsAuthentication "
            "OwnershipVerificationCertificateArn RegionalCertificateArn RoutingMode SecurityPolicy Tags",
            Policy=judge_domain_policy,
        ),
        _create_domain,
        _update_domain,
        _delete_domain,
        required=("DomainName",),
    ),
    Kind(
        "AWS::ApiGateway::BasePathMapping",
        properties("BasePath! DomainName! RestApiId Stage"),
        _create_base_path,
        _update_base_path,
        _delete_base_path,
        required=("DomainName", "RestApiId"),
    ),
    Kind(
        "AWS::ApiGatewayV2::DomainName",
        properties("DomainName! DomainNameConfigurations MutualTlsAuthentication RoutingMode Tags"),
        _create_http_domain,
        _update_http_domain,
        _delete_http_domain,
        required=("DomainName", "DomainNameConfigurations"),
    ),
    Kind(
        "AWS::ApiGatewayV2::ApiMapping",
        properties("ApiId ApiMappingKey DomainName! Stage"),
        _create_mapping,
        _update_mapping,
        _delete_mapping,
        required=("ApiId", "DomainName", "Stage"),
    ),
    Kind(
        "AWS::ApiGatewayV2::RoutingRule",
        properties("Actions Conditions DomainNameArn! Priority"),
        _create_rule,
        _update_rule,
        _delete_rule,
        required=("Actions", "Conditions", "DomainNameArn", "Priority"),
    ),
    *(
        refused_kind(f"AWS::ApiGateway::{name}", PRIVATE)
        for name in ("DomainNameV2", "BasePathMappingV2", "DomainNameAccessAssociation")
    ),
)
