"""Custom domain names and the API mappings on them."""

import pytest

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


def test_routing_rules_are_not_there_yet(control):
    rules = {"domainNameConfigurations": REGIONAL, "routingMode": "ROUTING_RULE_ONLY"}
    refused = control.refuses("CreateDomainName", domainName="a.example.com", **rules)
    assert refused[0] == "NotImplementedException"


def test_mutual_tls_is_set_and_unset(control, refused, domain):
    truststore = {"truststoreUri": "s3://bucket/key.pem", "truststoreVersion": "1"}
    changed = control("UpdateDomainName", domainName=domain, mutualTlsAuthentication=truststore)
    assert changed["mutualTlsAuthentication"] == truststore
    message = refused("UpdateDomainName", domainName=domain, mutualTlsAuthentication={"truststoreUri": "/etc/ca"})
    assert message == "Invalid truststore URI: /etc/ca. It must have the form s3://bucket-name/key-name"
    changed = control("UpdateDomainName", domainName=domain, mutualTlsAuthentication={"truststoreUri": ""})
    assert "mutualTlsAuthentication" not in changed


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
