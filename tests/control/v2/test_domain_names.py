"""Custom domain names and the API mappings on them."""

import pytest

from limen.aws.errors import bad_request
from limen.control.domains import certificates

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"
REGIONAL = [{"certificateArn": CERTIFICATE, "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2"}]


@pytest.fixture
def domain(control):
    control("CreateDomainName", domainName="api.example.com", domainNameConfigurations=REGIONAL)
    return "api.example.com"


@pytest.fixture
def api_id(control):
    made = control.api()
    for name in ("prod", "beta"):
        control("CreateStage", apiId=made, stageName=name)
    return made


def test_a_domain_name_is_answered_as_aws_does(control):
    domain = control("CreateDomainName", domainName="api.example.com", domainNameConfigurations=REGIONAL)
    (configuration,) = domain.pop("domainNameConfigurations")
    assert configuration.pop("apiGatewayDomainName").endswith(".execute-api.us-east-1.localhost")
    assert configuration.pop("hostedZoneId")
    assert configuration == {
        "certificateArn": CERTIFICATE,
        "domainNameStatus": "AVAILABLE",
        "endpointType": "REGIONAL",
        "ipAddressType": "ipv4",
        "securityPolicy": "TLS_1_2",
    }
    assert domain == {
        "apiMappingSelectionExpression": "$request.basepath",
        "domainName": "api.example.com",
        "domainNameArn": "arn:aws:apigateway:us-east-1::/domainnames/api.example.com",
        "routingMode": "API_MAPPING_ONLY",
        "tags": {},
    }
    assert [item["domainName"] for item in control.items("GetDomainNames")] == ["api.example.com"]


@pytest.mark.parametrize(
    "name", ["API.example.com", "a_b.example.com", "localhost", "a..com", "-a.com", "*.", "a.*.com", "a.com/b", ""]
)
def test_what_is_no_domain_name_is_refused(refused, name):
    message = refused("CreateDomainName", domainName=name, domainNameConfigurations=REGIONAL)
    assert message == f"Invalid domain name specified: {name}"


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"certificateArn": ""}, "Certificate ARN must be specified for a regional domain name"),
        ({"certificateArn": "arn:aws:iam::x"}, "Invalid certificate ARN: arn:aws:iam::x"),
        (
            {"certificateArn": CERTIFICATE.replace("us-east-1", "eu-west-1")},
            f"Invalid certificate ARN: {CERTIFICATE.replace('us-east-1', 'eu-west-1')}. "
            "Certificate must be in 'us-east-1'.",
        ),
        ({"endpointType": "EDGE"}, "EDGE endpoint type is not supported for APIGatewayV2 domainName"),
        ({"securityPolicy": "TLS_1_0"}, "Security policy TLS_1_0 is not supported for APIGatewayV2 domainName"),
    ],
)
def test_a_configuration_is_checked(refused, configuration, message):
    configurations = [REGIONAL[0] | configuration]
    assert refused("CreateDomainName", domainName="a.example.com", domainNameConfigurations=configurations) == message


def test_one_configuration_is_needed(refused):
    message = "Exactly one domain name configuration must be specified"
    assert refused("CreateDomainName", domainName="a.example.com") == message
    assert refused("CreateDomainName", domainName="a.example.com", domainNameConfigurations=REGIONAL * 2) == message


def test_a_name_belongs_to_one_owner(control, refused, domain):
    for elsewhere in ({}, {"region": "eu-west-1"}, {"account": "111111111111"}):
        message = refused("CreateDomainName", domainName=domain, domainNameConfigurations=REGIONAL, **elsewhere)
        assert message == "The domain name you provided already exists."
    missing = control.refuses("GetDomainName", domainName=domain, account="111111111111")
    assert missing == ("NotFoundException", 404, "Invalid domain name identifier specified")


def test_a_wildcard_takes_no_names_of_another_account(control, refused, domain):
    other = {"domainNameConfigurations": REGIONAL, "account": "111111111111"}
    message = refused("CreateDomainName", domainName="*.example.com", **other)
    assert message == "The domain name *.example.com conflicts with one of another account"
    control("CreateDomainName", domainName="*.example.com", domainNameConfigurations=REGIONAL)
    message = refused("CreateDomainName", domainName="b.example.com", **other)
    assert message == "The domain name b.example.com conflicts with one of another account"
    control("CreateDomainName", domainName="a.b.example.com", **other)


def test_what_an_update_does_not_name_stays(control, domain):
    before = control("GetDomainName", domainName=domain)
    changed = control("UpdateDomainName", domainName=domain, domainNameConfigurations=[{"ipAddressType": "dualstack"}])
    assert changed["domainNameConfigurations"] == [
        before["domainNameConfigurations"][0] | {"ipAddressType": "dualstack"}
    ]
    changed = control("UpdateDomainName", domainName=domain, routingMode="ROUTING_RULE_THEN_API_MAPPING")
    assert changed["routingMode"] == "ROUTING_RULE_THEN_API_MAPPING"
    assert control("UpdateDomainName", domainName=domain) == changed


def test_the_certificate_is_asked_for_the_name_where_it_is_new(control, refused, monkeypatch):
    asked = []
    monkeypatch.setattr(certificates, "certificate_for", lambda call, name, arn: asked.append((name, arn)))
    control("CreateDomainName", domainName="a.example.com", domainNameConfigurations=REGIONAL)
    control("UpdateDomainName", domainName="a.example.com", routingMode="ROUTING_RULE_ONLY")
    other = CERTIFICATE.replace("1234-1234", "4321-1234")
    control("UpdateDomainName", domainName="a.example.com", domainNameConfigurations=[{"certificateArn": other}])
    assert asked == [("a.example.com", CERTIFICATE), ("a.example.com", other)]

    def refuse(call, name, arn):
        raise bad_request(f"The certificate is not for {name}")

    monkeypatch.setattr(certificates, "certificate_for", refuse)
    message = refused("CreateDomainName", domainName="b.example.com", domainNameConfigurations=REGIONAL)
    assert message == "The certificate is not for b.example.com"
    assert len(control.items("GetDomainNames")) == 1


def test_a_name_of_an_edge_is_left_to_the_first_api(control, refused, api_id):
    control("CreateDomainName", service="apigateway", domainName="e.example.com", certificateArn=CERTIFICATE)
    named = {"domainName": "e.example.com"}
    only = "Only REGIONAL domain names can be managed through the API Gateway V2 API. "
    assert refused("UpdateDomainName", **named, domainNameConfigurations=REGIONAL).startswith(only)
    assert refused("CreateApiMapping", **named, apiId=api_id, stage="prod").startswith(only)


def test_http_apis_and_deep_mappings_need_tls_1_2(control, refused, api_id):
    members = {"regionalCertificateArn": CERTIFICATE, "endpointConfiguration": {"types": ["REGIONAL"]}}
    old = {"service": "apigateway", "domainName": "old.example.com", "securityPolicy": "TLS_1_0"}
    control("CreateDomainName", **old, **members)
    named = {"domainName": "old.example.com", "apiId": api_id, "stage": "prod"}
    assert refused("CreateApiMapping", **named) == "HTTP APIs need a domain name of TLS_1_2, not TLS_1_0"
    policy = {"op": "replace", "path": "/securityPolicy", "value": "TLS_1_2"}
    changing = {"service": "apigateway", "domain_name": "old.example.com"}
    control("UpdateDomainName", **changing, patchOperations=[policy])
    control("CreateApiMapping", **named)
    assert (
        refused("UpdateDomainName", **changing, patchOperations=[policy | {"value": "TLS_1_0"}])
        == "HTTP APIs need a domain name of TLS_1_2, not TLS_1_0"
    )


def test_rules_alone_take_no_new_mappings(control, refused, domain, api_id):
    mapping = control("CreateApiMapping", domainName=domain, apiId=api_id, stage="prod")
    control("UpdateDomainName", domainName=domain, routingMode="ROUTING_RULE_ONLY")
    message = refused("CreateApiMapping", domainName=domain, apiId=api_id, stage="prod", apiMappingKey="a")
    assert message == "API mappings cannot be created for a domain name whose routing mode is ROUTING_RULE_ONLY"
    assert control.items("GetApiMappings", domainName=domain) == [mapping]


def test_a_mapping_leads_to_a_stage(control, domain, api_id):
    same = {"domainName": domain, "apiId": api_id}
    mapping = control("CreateApiMapping", **same, stage="prod", apiMappingKey="orders/v1")
    mapping_id = mapping["apiMappingId"]
    assert mapping == {"apiId": api_id, "apiMappingId": mapping_id, "apiMappingKey": "orders/v1", "stage": "prod"}
    assert control.items("GetApiMappings", domainName=domain) == [mapping]
    changed = control("UpdateApiMapping", **same, apiMappingId=mapping_id, stage="beta", apiMappingKey="")
    assert changed == {"apiId": api_id, "apiMappingId": mapping_id, "stage": "beta"}
    control("DeleteApiMapping", domainName=domain, apiMappingId=mapping_id)
    missing = control.refuses("GetApiMapping", domainName=domain, apiMappingId=mapping_id)
    assert missing[1:] == (404, "The api mapping resource specified in the request was not found.")


def test_a_key_is_unique_on_its_domain(control, domain, api_id):
    same = {"domainName": domain, "apiId": api_id, "stage": "prod"}
    for key in ({}, {"apiMappingKey": "a"}):
        control("CreateApiMapping", **same, **key)
        refused = control.refuses("CreateApiMapping", **same, **key)
        assert refused == ("ConflictException", 409, "ApiMapping key already exists for this domain name")


@pytest.mark.parametrize("key", ["a b", "a?b", "ü", "/a", "a/", "a//b", "a" * 301])
def test_a_key_keeps_to_its_characters(refused, domain, api_id, key):
    message = refused("CreateApiMapping", domainName=domain, apiId=api_id, stage="prod", apiMappingKey=key)
    assert message.startswith("An ApiMapping key may ")


def test_a_mapping_needs_an_api_and_its_stage(control, refused, domain, api_id):
    missing = control.refuses("CreateApiMapping", domainName=domain, apiId="nobody", stage="prod")
    assert missing == ("NotFoundException", 404, "Invalid API identifier specified 000000000000:nobody")
    message = refused("CreateApiMapping", domainName=domain, apiId=api_id, stage="nowhere")
    assert message == "Invalid stage identifier specified"


def test_what_is_mapped_is_not_deleted(control, refused, domain, api_id):
    control("CreateApiMapping", domainName=domain, apiId=api_id, stage="prod")
    message = refused("DeleteApi", apiId=api_id)
    assert message.startswith(f"Deleting API {api_id} failed. Please remove all API mappings for the API")
    assert refused("DeleteStage", apiId=api_id, stageName="prod").startswith("Deleting stage prod failed. Please ")
    control("DeleteStage", apiId=api_id, stageName="beta")
    control("DeleteDomainName", domainName=domain)
    control("DeleteApi", apiId=api_id)
