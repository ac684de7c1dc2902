"""What `limen check` says of custom domain names."""

from pathlib import Path

import pytest

from tests.control.stacks.test_check import report

MAPPED = """
    Resources:
      Api:
        Type: AWS::ApiGatewayV2::Api
        Properties: {Name: shop, ProtocolType: HTTP, DisableExecuteApiEndpoint: CLOSED}
      Domain:
        Type: AWS::ApiGatewayV2::DomainName
        Properties:
          DomainName: shop.example.com
          DomainNameConfigurations: [{CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1"}]
          MutualTlsAuthentication: TRUSTSTORE
      Mapping:
        Type: AWS::ApiGatewayV2::ApiMapping
        Properties: {ApiId: !Ref Api, DomainName: DOMAIN, Stage: prod}
"""
TRUSTSTORE = "{TruststoreUri: s3://trust/clients.pem}"
TOLD = (
    "clients can go around the mutual TLS of shop.example.com: Api answers on its own host too, which asks for no "
    "certificate; set disableExecuteApiEndpoint"
)


@pytest.mark.parametrize(
    ("closed", "truststore", "domain", "told"),
    [
        ("false", TRUSTSTORE, "!Ref Domain", [TOLD]),
        ("false", TRUSTSTORE, "shop.example.com", [TOLD]),
        ("true", TRUSTSTORE, "!Ref Domain", []),
        ("false", "{}", "!Ref Domain", []),
        ("false", TRUSTSTORE, "other.example.com", []),
    ],
)
def test_an_open_endpoint_beside_mutual_tls_is_told(
    tmp_path: Path, closed: str, truststore: str, domain: str, told: list[str]
) -> None:
    text = MAPPED.replace("CLOSED", closed).replace("TRUSTSTORE", truststore).replace("DOMAIN", domain)

    found = report(tmp_path, text)

    assert [problem.message for problem in found.advice] == told
    assert [problem.line for problem in found.advice] == [4 for _ in told]
    assert not found.is_refused


SAM = """
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Rest:
        Type: AWS::Serverless::Api
        Properties:
          StageName: prod
          DisableExecuteApiEndpoint: CLOSED
          Domain:
            DomainName: rest.example.com
            CertificateArn: arn:aws:acm:us-east-1:000000000000:certificate/1
            MutualTlsAuthentication: {TruststoreUri: s3://trust/clients.pem}
          DefinitionBody:
            openapi: 3.0.1
            info: {title: rest, version: "1"}
            paths: {/: {get: {x-amazon-apigateway-integration: {type: mock}}}}
"""


def test_a_body_may_close_the_endpoint(tmp_path: Path) -> None:
    assert len(report(tmp_path, SAM.replace("CLOSED", "false")).advice) == 1
    assert report(tmp_path, SAM.replace("CLOSED", "true")).advice == []
