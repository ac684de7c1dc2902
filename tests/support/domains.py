"""Custom domain names of a served Limen: made with boto3, called over TLS as their clients do."""

import json
from pathlib import Path
from typing import Any

from tests.support.client import Client
from tests.support.limen_process import LimenProcess

ECHO = "import json\ndef handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps(event)}\n"
"""A function that answers the event it was given."""

UNKNOWN_CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-4000-8000-000000000000"
"""A server makes one of its own authority for a domain name whose certificate it does not know."""


def add_domain(limen: LimenProcess, name: str, *, truststore: str = "", certificate: str = UNKNOWN_CERTIFICATE) -> Any:
    """`truststore`: its URI; then the domain name has mutual TLS."""
    mutual = {"MutualTlsAuthentication": {"TruststoreUri": truststore}} if truststore else {}
    return limen.client().create_domain_name(
        DomainName=name, DomainNameConfigurations=[{"CertificateArn": certificate}], **mutual
    )


def map_api(limen: LimenProcess, name: str, api_id: str, key: str = "", stage: str = "$default") -> str:
    made = limen.client().create_api_mapping(DomainName=name, ApiId=api_id, Stage=stage, ApiMappingKey=key)
    return str(made["ApiMappingId"])


def domain_caller(limen: LimenProcess, name: str, **options: Any) -> Client:
    """A connection of its own, which trusts what this server's clients trust."""
    return Client(limen.port, limen.ca, name, **options)


def rest_api(limen: LimenProcess, uri: str, stage: str = "prod", kind: str = "http_proxy") -> str:
    """The id of a REST API whose every path goes to `uri`."""
    client = limen.client("apigateway")
    path = {
        "x-amazon-apigateway-any-method": {
            "parameters": [{"name": "proxy", "in": "path", "required": True, "type": "string"}],
            "x-amazon-apigateway-integration": {
                "type": kind,
                "httpMethod": "POST" if kind == "aws_proxy" else "ANY",
                "uri": uri,
                "requestParameters": {}
                if kind == "aws_proxy"
                else {"integration.request.path.proxy": "method.request.path.proxy"},
            },
        }
    }
    document = {"swagger": "2.0", "info": {"title": "rest", "version": "1"}, "paths": {"/{proxy+}": path}}
    api_id = str(client.import_rest_api(body=json.dumps(document))["id"])
    client.create_deployment(restApiId=api_id, stageName=stage)
    return api_id


def function_uri(name: str) -> str:
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


class Bucket:
    """A directory that stands for a bucket of S3, by the setting of the server that is started in `directory`."""

    def __init__(self, directory: Path, name: str = "trust") -> None:
        self.name = name
        self._path = directory / "bucket"
        self._path.mkdir(parents=True)
        (directory / "limen.toml").write_text(f'[buckets]\n{name} = "{self._path}"\n')

    def put(self, key: str, content: str) -> str:
        """The URI of the object."""
        (self._path / key).write_text(content)
        return f"s3://{self.name}/{key}"
