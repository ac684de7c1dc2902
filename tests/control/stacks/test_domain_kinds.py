"""Custom domain names as resources, of both APIs, and what is made of them by SAM."""

import pytest

from limen.control.openapi.keyword import Classification
from limen.control.stacks.kinds import KINDS, find_obstacle
from tests.control.stacks.conftest import Stacks

APIS = """
    Parameters: {Text: {Type: String, Default: one}}
    Resources:
      Http: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: http, ProtocolType: HTTP}}
      HttpStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Http, StageName: prod}}
      Rest: {Type: AWS::ApiGateway::RestApi, Properties: {Name: rest}}
      Method:
        Type: AWS::ApiGateway::Method
        Properties:
          RestApiId: !Ref Rest
          ResourceId: !GetAtt Rest.RootResourceId
          HttpMethod: GET
          AuthorizationType: NONE
          Integration: {Type: MOCK}
      Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Rest}, DependsOn: Method}
      RestStage:
        Type: AWS::ApiGateway::Stage
        Properties: {RestApiId: !Ref Rest, DeploymentId: !Ref Deployment, StageName: prod}
      Domain:
        Type: AWS::ApiGatewayV2::DomainName
        Properties:
          DomainName: http.example.com
          RoutingMode: API_MAPPING_ONLY
          Tags: {team: a}
          DomainNameConfigurations:
            - CertificateArn: !Sub "arn:aws:acm:${AWS::Region}:${AWS::AccountId}:certificate/${Text}"
      Mapping:
        Type: AWS::ApiGatewayV2::ApiMapping
        Properties: {ApiId: !Ref Http, DomainName: !Ref Domain, Stage: !Ref HttpStage, ApiMappingKey: !Ref Text}
      RestDomain:
        Type: AWS::ApiGateway::DomainName
        Properties:
          DomainName: rest.example.com
          RegionalCertificateArn: !Sub "arn:aws:acm:${AWS::Region}:${AWS::AccountId}:certificate/${Text}"
          EndpointConfiguration: {Types: [REGIONAL]}
      BasePath:
        Type: AWS::ApiGateway::BasePathMapping
        Properties: {DomainName: !Ref RestDomain, BasePath: !Ref Text, RestApiId: !Ref Rest, Stage: !Ref RestStage}
      Zone: {Type: AWS::Route53::HostedZone, Properties: {Name: example.com}}
      Record:
        Type: AWS::Route53::RecordSet
        Properties:
          HostedZoneId: !Ref Zone
          Name: rest.example.com
          Type: A
          AliasTarget:
            {DNSName: !GetAtt RestDomain.RegionalDomainName, HostedZoneId: !GetAtt RestDomain.RegionalHostedZoneId}
    Outputs:
      Rest: {Value: !GetAtt RestDomain.RegionalDomainName}
      Http: {Value: !GetAtt Domain.RegionalDomainName}
      Url: {Value: !Sub "https://${Domain}/${Text}"}
      Other: {Value: "https://www.example.com/"}
"""


def test_domain_names_and_mappings_of_both_apis_are_made_updated_and_deleted(stacks: Stacks) -> None:
    first = stacks.deploy(APIS)
    updated = stacks.deploy(APIS, Text="two")

    domains = {each["domainName"]: each for each in stacks.aws("GetDomainNames", "apigatewayv2")["items"]}
    assert set(domains) == {"http.example.com", "rest.example.com"}
    for name, domain in domains.items():
        [configuration] = domain["domainNameConfigurations"]
        assert configuration["certificateArn"].endswith("/two")
        assert configuration["apiGatewayDomainName"] == stacks.outputs(first)[name.partition(".")[0].title()]
        [mapping] = stacks.aws("GetApiMappings", "apigatewayv2", domainName=name)["items"]
        assert (mapping["apiMappingKey"], mapping["stage"]) == ("two", "prod")
    for name in ("Rest", "Http"):
        assert stacks.outputs(first)[name] == stacks.outputs(updated)[name]
    assert "~ Domain (AWS::ApiGatewayV2::DomainName)" in stacks.changes(updated)

    stacks.delete()
    assert stacks.aws("GetDomainNames", "apigatewayv2")["items"] == []


def test_what_was_deleted_by_hand_comes_back_with_its_mappings(stacks: Stacks) -> None:
    stacks.deploy(APIS)
    for name in ("http.example.com", "rest.example.com"):
        stacks.aws("DeleteDomainName", "apigatewayv2", domainName=name)

    changed = stacks.changes(stacks.deploy(APIS))

    assert sorted(line.split(" ")[1] for line in changed if "by hand" in line) == [
        *("BasePath", "Domain", "Mapping", "RestDomain"),
    ]
    for name in ("http.example.com", "rest.example.com"):
        assert len(stacks.aws("GetApiMappings", "apigatewayv2", domainName=name)["items"]) == 1


def test_an_output_on_a_domain_name_is_told_with_our_port(stacks: Stacks) -> None:
    outputs = {each["outputKey"]: each for each in stacks.deploy(APIS).stack["outputs"]}

    assert outputs["Url"]["callable"] == "https://http.example.com:8443/one"
    assert "callable" not in outputs["Other"]


RULES = """
    Parameters: {Priority: {Type: String, Default: "10"}}
    Resources:
      Rest: {Type: AWS::ApiGateway::RestApi, Properties: {Name: rest}}
      Method:
        Type: AWS::ApiGateway::Method
        Properties:
          RestApiId: !Ref Rest
          ResourceId: !GetAtt Rest.RootResourceId
          HttpMethod: GET
          AuthorizationType: NONE
          Integration: {Type: MOCK}
      Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Rest}, DependsOn: Method}
      Stage:
        Type: AWS::ApiGateway::Stage
        Properties: {RestApiId: !Ref Rest, DeploymentId: !Ref Deployment, StageName: prod}
      Domain:
        Type: AWS::ApiGateway::DomainName
        Properties:
          DomainName: rest.example.com
          RegionalCertificateArn: arn:aws:acm:us-east-1:000000000000:certificate/1
          EndpointConfiguration: {Types: [REGIONAL]}
          RoutingMode: ROUTING_RULE_ONLY
      Rule:
        Type: AWS::ApiGatewayV2::RoutingRule
        Properties:
          DomainNameArn: !GetAtt Domain.DomainNameArn
          Priority: !Ref Priority
          Conditions: [{MatchHeaders: {AnyOf: [{Header: X-Version, ValueGlob: beta*}]}}]
          Actions: [{InvokeApi: {ApiId: !Ref Rest, Stage: !Ref Stage, StripBasePath: false}}]
    Outputs: {Arn: {Value: !Ref Rule}, Id: {Value: !GetAtt Rule.RoutingRuleId}}
"""


def test_a_routing_rule_is_made_updated_and_deleted(stacks: Stacks) -> None:
    def rules() -> list[dict[str, object]]:
        found = stacks.aws("ListRoutingRules", "apigatewayv2", domainName="rest.example.com")["routingRules"]
        assert isinstance(found, list)
        return found

    made = stacks.outputs(stacks.deploy(RULES))
    [rule] = rules()
    assert (rule["routingRuleArn"], rule["routingRuleId"], rule["priority"]) == (made["Arn"], made["Id"], 10)

    stacks.deploy(RULES, Priority="20")
    assert rules() == [rule | {"priority": 20}]

    head, _, tail = RULES.partition("      Rule:")
    stacks.deploy(head + "    Outputs: {}" if tail else "")
    assert rules() == []


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("AWS::ApiGateway::DomainName", "DomainName MutualTlsAuthentication RoutingMode RegionalCertificateArn"),
        ("AWS::ApiGateway::BasePathMapping", "DomainName BasePath Stage"),
        ("AWS::ApiGatewayV2::DomainName", "DomainName MutualTlsAuthentication RoutingMode"),
        ("AWS::ApiGatewayV2::ApiMapping", "DomainName ApiMappingKey Stage"),
        ("AWS::ApiGatewayV2::RoutingRule", "DomainNameArn Actions Conditions Priority"),
    ],
)
def test_what_is_said_of_domain_names_is_enforced(kind: str, names: str) -> None:
    for name in names.split():
        row = KINDS[kind].find(name)
        assert row is not None
        assert row.judge({"truststoreUri": "s3://a/b"}).classification is Classification.ENFORCED


def test_what_only_private_domain_names_have_is_refused() -> None:
    for kind in ("DomainNameV2", "BasePathMappingV2", "DomainNameAccessAssociation"):
        assert find_obstacle(f"AWS::ApiGateway::{kind}") == "Limen has no private custom domain names"
    policy = KINDS["AWS::ApiGateway::DomainName"].find("Policy")
    assert policy is not None
    assert policy.judge({}).classification is Classification.REFUSED


def test_records_of_a_name_are_kept_and_said_to_lead_nowhere() -> None:
    for kind in ("HostedZone", "RecordSet", "RecordSetGroup"):
        assert KINDS[f"AWS::Route53::{kind}"].takes_any == "Limen has no DNS: point the name at this server"


SAM = """
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Rest:
        Type: AWS::Serverless::Api
        Properties:
          StageName: prod
          Domain:
            DomainName: rest.example.com
            CertificateArn: arn:aws:acm:us-east-1:000000000000:certificate/1
            BasePath: [/shop, v1]
            SecurityPolicy: TLS_1_2
            Route53: {HostedZoneId: Z123, IpV6: true}
          DefinitionBody:
            openapi: 3.0.1
            info: {title: rest, version: "1"}
            paths: {/: {get: {x-amazon-apigateway-integration: {type: mock}}}}
      Http:
        Type: AWS::Serverless::HttpApi
        Properties:
          StageName: prod
          Domain:
            DomainName: http.example.com
            CertificateArn: arn:aws:acm:us-east-1:000000000000:certificate/1
            BasePath: [shop/orders]
            NormalizeBasePath: false
            Route53: {HostedZoneName: example.com.}
          DefinitionBody:
            openapi: 3.0.1
            info: {title: http, version: "1"}
            paths:
              /:
                get:
                  x-amazon-apigateway-integration:
                    {type: http_proxy, httpMethod: GET, uri: "https://a.example", payloadFormatVersion: "1.0"}
"""


def test_a_domain_of_sam_is_a_domain_name_with_its_mappings(stacks: Stacks) -> None:
    deployed = stacks.deploy(SAM)

    def keys(name: str) -> list[str]:
        found = stacks.aws("GetApiMappings", "apigatewayv2", domainName=name)["items"]
        return sorted(mapping["apiMappingKey"] for mapping in found)

    assert keys("rest.example.com") == ["shop", "v1"]
    assert keys("http.example.com") == ["shop/orders"]
    assert any("AWS::Route53::RecordSetGroup" in line for line in stacks.changes(deployed))
    assert not stacks.deploy(SAM).has_changes
