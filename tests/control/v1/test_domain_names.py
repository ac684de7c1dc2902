"""Custom domain names as the first API has them, and as the second sees them."""

import pytest

from limen.aws.errors import AwsError
from limen.control.v1 import quotas
from limen.control.v1.domain_names import replace_domain_name
from tests.support.buckets import Buckets
from tests.support.client_certificates import make_root

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"
REGIONAL = {
    "domainName": "api.example.com",
    "regionalCertificateArn": CERTIFICATE,
    "endpointConfiguration": {"types": ["REGIONAL"]},
}
EDGE = {"domainName": "api.example.com", "certificateArn": CERTIFICATE}
NAMED = {"domain_name": "api.example.com"}
TRUSTSTORE = "s3://bucket/ca.pem"


def test_a_regional_name_is_answered_as_aws_does(control):
    domain = control("CreateDomainName", **REGIONAL, tags={"team": "a"})
    assert domain.pop("regionalDomainName").endswith(".execute-api.us-east-1.localhost")
    assert domain.pop("regionalHostedZoneId")
    assert domain == {
        "domainName": "api.example.com",
        "domainNameArn": "arn:aws:apigateway:us-east-1::/domainnames/api.example.com",
        "domainNameStatus": "AVAILABLE",
        "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "ipv4"},
        "regionalCertificateArn": CERTIFICATE,
        "routingMode": "BASE_PATH_MAPPING_ONLY",
        "securityPolicy": "TLS_1_2",
        "tags": {"team": "a"},
    }
    assert [each["domainName"] for each in control.items("GetDomainNames")] == ["api.example.com"]
    assert control.items("GetDomainNames", resourceOwner="OTHER_ACCOUNTS") == []


def test_a_name_is_edge_optimized_unless_said_otherwise(control):
    domain = control("CreateDomainName", **EDGE, securityPolicy="TLS_1_0")
    assert domain["endpointConfiguration"]["types"] == ["EDGE"]
    assert domain["distributionDomainName"]
    assert domain["distributionHostedZoneId"] == "Z2FDTNDATAQYW2"
    assert (domain["certificateArn"], domain["securityPolicy"]) == (CERTIFICATE, "TLS_1_0")
    assert "regionalDomainName" not in domain
    assert domain["certificateUploadDate"]


@pytest.mark.parametrize(
    ("own", "seen"),
    [
        ("BASE_PATH_MAPPING_ONLY", "API_MAPPING_ONLY"),
        ("ROUTING_RULE_ONLY", "ROUTING_RULE_ONLY"),
        ("ROUTING_RULE_THEN_BASE_PATH_MAPPING", "ROUTING_RULE_THEN_API_MAPPING"),
    ],
)
def test_each_api_spells_routing_modes_its_way(control, own, seen):
    assert control("CreateDomainName", **REGIONAL, routingMode=own)["routingMode"] == own
    named = {"service": "apigatewayv2", "domainName": "api.example.com"}
    assert control("GetDomainName", **named)["routingMode"] == seen
    control.patch("UpdateDomainName", ("replace", "/routingMode", "ROUTING_RULE_ONLY"), **NAMED)
    assert control("UpdateDomainName", **named, routingMode=seen)["routingMode"] == seen
    assert control("GetDomainName", **NAMED)["routingMode"] == own


def test_both_apis_see_one_document(control):
    made = control("CreateDomainName", **REGIONAL)
    seen = control("GetDomainName", service="apigatewayv2", domainName="api.example.com")
    (configuration,) = seen["domainNameConfigurations"]
    assert configuration["apiGatewayDomainName"] == made["regionalDomainName"]
    assert (configuration["certificateArn"], configuration["endpointType"]) == (CERTIFICATE, "REGIONAL")
    second = [{"certificateArn": CERTIFICATE, "endpointType": "REGIONAL"}]
    control("CreateDomainName", service="apigatewayv2", domainName="b.example.com", domainNameConfigurations=second)
    assert control("GetDomainName", domain_name="b.example.com")["regionalCertificateArn"] == CERTIFICATE


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"domainName": "nothing"}, "Invalid domain name specified: nothing"),
        ({"certificateArn": ""}, "Certificate ARN must be specified for an edge-optimized domain name"),
        (
            {"endpointConfiguration": {"types": ["REGIONAL"]}},
            "Certificate ARN must be specified for a regional domain name",
        ),
        ({"certificateArn": "arn:aws:iam::x"}, "Invalid certificate ARN: arn:aws:iam::x"),
        (
            {"certificateBody": "-----BEGIN"},
            "Limen does not take certificateBody: import the certificate, and give its ARN as certificateArn",
        ),
        (
            {"mutualTlsAuthentication": {"truststoreUri": "https://a"}},
            "Invalid truststore URI: https://a. It must have the form s3://bucket-name/key-name",
        ),
        (
            {"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09"},
            "Security policy SecurityPolicy_TLS13_1_3_2025_09 needs an endpoint access mode",
        ),
    ],
)
def test_what_is_no_domain_name_is_refused(refused, members, message):
    assert refused("CreateDomainName", **EDGE | members) == message


def test_a_name_is_had_once(control, refused):
    control("CreateDomainName", **REGIONAL)
    assert refused("CreateDomainName", **EDGE) == "The domain name you provided already exists."


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"endpointConfiguration": {"types": ["PRIVATE"]}}, "private custom domain names"),
        ({"policy": "{}"}, "private custom domain names, which policy belongs to"),
    ],
)
def test_what_limen_does_not_have_is_refused_by_name(control, members, what):
    refusal = control.refuses("CreateDomainName", **EDGE | members)
    assert refusal == ("NotImplementedException", 400, f"Limen does not implement {what} yet")


def test_a_name_moves_to_its_region_as_the_guide_has_it(control):
    edge = control("CreateDomainName", **EDGE)
    both = control.patch(
        "UpdateDomainName",
        ("add", "/endpointConfiguration/types", "REGIONAL"),
        ("add", "/regionalCertificateArn", CERTIFICATE),
        **NAMED,
    )
    assert both["endpointConfiguration"]["types"] == ["EDGE", "REGIONAL"]
    assert both["distributionDomainName"] == edge["distributionDomainName"]
    assert both["regionalDomainName"]
    regional = control.patch(
        "UpdateDomainName",
        ("remove", "/endpointConfiguration/types", "EDGE"),
        ("remove", "/certificateArn"),
        **NAMED,
    )
    assert regional["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert "certificateArn" not in regional
    assert "distributionDomainName" not in regional


@pytest.mark.parametrize("named", ["0", "EDGE"])
def test_a_type_of_endpoint_is_replaced_by_place_or_name(control, refused_patch, named):
    control("CreateDomainName", **EDGE)
    operations = (
        ("replace", f"/endpointConfiguration/types/{named}", "REGIONAL"),
        ("replace", "/regionalCertificateArn", CERTIFICATE),
    )
    regional = control.patch("UpdateDomainName", *operations, **NAMED)
    assert regional["endpointConfiguration"]["types"] == ["REGIONAL"]
    for other in ("1", "EDGE"):
        path = f"/endpointConfiguration/types/{other}"
        assert refused_patch("UpdateDomainName", ("replace", path, "EDGE"), **NAMED) == f"Invalid patch path {path}"


def test_a_security_policy_is_one_of_those_of_aws(control, refused_patch):
    control("CreateDomainName", **REGIONAL)
    message = refused_patch("UpdateDomainName", ("replace", "/securityPolicy", "TLS_0"), **NAMED)
    assert message == "Invalid security policy specified: TLS_0"


def test_certificates_are_not_added_and_removed_at_once(control, refused_patch):
    control("CreateDomainName", **EDGE)
    operations = (("add", "/regionalCertificateArn", CERTIFICATE), ("remove", "/certificateArn"))
    message = refused_patch("UpdateDomainName", *operations, **NAMED)
    assert message == "Certificates cannot be added and removed in one request"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"securityPolicy": "SecurityPolicy_TLS12_2018_EDGE", "endpointAccessMode": "BASIC"},
            "Security policy SecurityPolicy_TLS12_2018_EDGE is not supported for REGIONAL domain names",
        ),
        (
            {"endpointAccessMode": "BASIC"},
            "An endpointAccessMode can only be set with a security policy that starts with SecurityPolicy_",
        ),
    ],
)
def test_a_security_policy_is_for_a_type_of_endpoint(refused, members, message):
    assert refused("CreateDomainName", **REGIONAL | members) == message


def test_members_change_by_their_paths(control, refused_patch):
    buckets = Buckets()
    buckets.put("bucket", "ca.pem", make_root().pem.encode())
    control.set(objects=buckets)
    control("CreateDomainName", **REGIONAL)
    changed = control.patch(
        "UpdateDomainName",
        ("replace", "/mutualTlsAuthentication/truststoreUri", TRUSTSTORE),
        ("replace", "/endpointConfiguration/ipAddressType", "dualstack"),
        ("replace", "/endpointAccessMode", "STRICT"),
        ("replace", "/securityPolicy", "SecurityPolicy_TLS13_1_3_2025_09"),
        **NAMED,
    )
    assert changed["mutualTlsAuthentication"] == {"truststoreUri": TRUSTSTORE}
    assert changed["endpointConfiguration"] == {"types": ["REGIONAL"], "ipAddressType": "dualstack"}
    assert changed["endpointAccessMode"] == "STRICT"
    assert control("GetDomainName", **NAMED) == changed
    off = control.patch("UpdateDomainName", ("replace", "/mutualTlsAuthentication/truststoreUri", ""), **NAMED)
    assert "mutualTlsAuthentication" not in off
    message = refused_patch("UpdateDomainName", ("replace", "/domainName", "b.example.com"), **NAMED)
    assert message == "Invalid patch path /domainName"
    assert control.refuses_patch("UpdateDomainName", ("replace", "/policy", "{}"), **NAMED)[0] == (
        "NotImplementedException"
    )


def test_what_no_call_checked_is_refused_as_well(control):
    """Templates set all of a domain name at once."""
    control("CreateDomainName", **REGIONAL)
    for wrong in ({"routingMode": "FIRST"}, {"endpointConfiguration": {"types": ["MOON"]}}):
        with pytest.raises(AwsError, match="Invalid "):
            control.run(lambda call, wrong=wrong: replace_domain_name(call, "api.example.com", REGIONAL | wrong))


def test_names_are_counted_where_quotas_are_enforced(control, monkeypatch):
    monkeypatch.setitem(quotas.PER_ACCOUNT, "DomainName", 1)
    control("CreateDomainName", **REGIONAL)
    control.set(quotas_enforced=True)
    refusal = control.refuses("CreateDomainName", **REGIONAL | {"domainName": "b.example.com"})
    assert refusal[:2] == ("LimitExceededException", 429)


def test_a_deleted_name_is_gone_for_both_apis(control):
    control("CreateDomainName", **REGIONAL)
    refusal = control.refuses("GetDomainName", **NAMED, domainNameId="abc123")
    assert refusal == ("NotFoundException", 404, "Invalid domain name identifier specified")
    assert control("DeleteDomainName", **NAMED) == {}
    assert control.refuses("GetDomainName", **NAMED) == refusal
    assert control("GetDomainNames", service="apigatewayv2")["items"] == []
