"""Tags by ARN, of all that can have them; their rules are shown by tests/control/v2/test_tags.py."""

import pytest

from tests.control.v1.test_domain_names import REGIONAL
from tests.control.v1.test_vpc_links import TARGET


@pytest.fixture
def resources(control):
    control("CreateDomainName", **REGIONAL)
    stage = control.deployed()
    return [
        f"/restapis/{stage['restapi_id']}",
        f"/restapis/{stage['restapi_id']}/stages/prod",
        f"/apikeys/{control('CreateApiKey')['id']}",
        f"/usageplans/{control('CreateUsagePlan', name='basic')['id']}",
        f"/clientcertificates/{control('GenerateClientCertificate')['clientCertificateId']}",
        "/domainnames/api.example.com",
        f"/vpclinks/{control('CreateVpcLink', name='pets', targetArns=[TARGET])['id']}",
    ]


@pytest.mark.parametrize("service", ["apigateway", "apigatewayv2"])
def test_tags_come_and_go(control, resources, service):
    label = "resource_arn" if service == "apigateway" else "resource-arn"
    for resource in resources:
        named = {label: f"arn:aws:apigateway:us-east-1::{resource}", "service": service}
        assert control("GetTags", **named) == {"tags": {}}
        assert control("TagResource", **named, tags={"team": "a", "cost": "1"}) == {}
        control("TagResource", **named, tags={"team": "b"})
        assert control("GetTags", **named) == {"tags": {"team": "b", "cost": "1"}}
        control("UntagResource", **named, tagKeys=["team", "cost"])


def test_tags_are_seen_on_what_they_are_on(control, resources):
    control("TagResource", resource_arn=f"arn:aws:apigateway:us-east-1::{resources[1]}", tags={"a": "b"})
    api_id = resources[0].rpartition("/")[2]
    assert control("GetStage", restapi_id=api_id, stage_name="prod")["tags"] == {"a": "b"}


def test_what_is_not_there_is_not_found(control, refused):
    for resource in ("/restapis/abc", "/restapis/abc/stages/prod", "/apikeys/abc", "/tags"):
        refusal = control.refuses("GetTags", resource_arn=f"arn:aws:apigateway:us-east-1::{resource}")
        assert refusal == ("NotFoundException", 404, "Invalid resource ARN specified")
    assert refused("GetTags", resource_arn="nothing") == "Invalid ARN. ARN is not well formed nothing"
