"""Custom domain names of a served Limen: made with boto3, called over TLS as their clients do."""

from pathlib import Path
from typing import Any

from tests.support.client import Client
from tests.support.limen_process import LimenProcess

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
