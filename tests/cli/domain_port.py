"""An admin port in memory that has domain names, mappings, certificates and one API, for `limen domains`."""

import base64
from typing import Any
from urllib.parse import unquote

from limen.cli.failure import RefusedError

URI = "s3://limen-truststores/a.pem"


class DomainPort:
    """`changes`: every call that changed something."""

    region = "us-east-1"

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.domains: dict[str, dict[str, Any]] = {}
        self.mappings: dict[str, list[dict[str, Any]]] = {}
        self.certificates: dict[str, dict[str, Any]] = {}
        self.refuses = ""
        """The call that is refused."""
        stage = {"stageName": "prod", "deploymentId": "d1", "endpointDisabled": False}
        other = {"apiId": "a9", "name": "shop", "protocolType": "REST", "region": "eu-west-1", "stages": []}
        shop = {"apiId": "a1", "name": "shop", "protocolType": "HTTP", "region": "us-east-1", "stages": [stage]}
        self.apis: list[dict[str, Any]] = [other, shop]

    def ask(self, path: str, *, method: str = "GET", body: bytes = b"") -> Any:
        if path == "/_limen/status":
            return {"apis": self.apis}
        assert (path, method) == ("/_limen/truststores", "POST")
        return {"uri": URI}

    def call_aws(self, method: str, path: str, query: str = "", members: dict[str, Any] | None = None) -> Any:
        self._note(method, path)
        parts = unquote(path).split("/")[1:]
        if parts[:2] == ["v2", "apis"]:
            self.apis[1]["stages"][0]["endpointDisabled"] = True
        elif parts == ["v2", "domainnames"]:
            assert members is not None
            self.domains[members["domainName"]] = members
        elif len(parts) > 3:
            return self._call_mappings(method, parts, members or {})
        elif parts[2] not in self.domains:
            raise RefusedError("Invalid domain name identifier specified", "NotFoundException")
        elif method == "DELETE":
            del self.domains[parts[2]]
        else:
            self.domains[parts[2]] |= members or {}
            return self.domains[parts[2]]
        return {}

    def _call_mappings(self, method: str, parts: list[str], members: dict[str, Any]) -> Any:
        mappings = self.mappings.setdefault(parts[2], [])
        if method == "POST":
            mappings.append(members | {"apiMappingId": f"m{len(mappings)}"})
        elif method == "PATCH":
            mappings[int(parts[4][1:])] |= members
        return {"items": mappings}

    def call_certificates(self, operation: str, members: dict[str, Any]) -> Any:
        self._note(operation.partition("Certificate")[0], operation)
        arn = members.get("CertificateArn") or f"arn:{len(self.certificates)}"
        if operation == "RequestCertificate":
            self.certificates[arn] = {"Type": "AMAZON_ISSUED", "DomainName": members["DomainName"]}
        elif operation == "ImportCertificate":
            parts = {name: base64.b64decode(members[name]).decode() for name in members if name != "CertificateArn"}
            self.certificates[arn] = {"Type": "IMPORTED", "DomainName": "", **parts}
        elif arn not in self.certificates:
            raise RefusedError("Could not find certificate", "ResourceNotFoundException")
        elif operation == "DeleteCertificate":
            del self.certificates[arn]
        elif operation == "DescribeCertificate":
            return {"Certificate": self.certificates[arn]}
        elif operation == "GetCertificate":
            return self.certificates[arn]
        return {"CertificateArn": arn}

    def _note(self, verb: str, what: str) -> None:
        if f"{verb} {what}" == self.refuses:
            raise RefusedError("refused", "BadRequestException")
        if verb not in ("GET", "Get", "Describe"):
            self.changes.append(f"{verb} {what}" if what.startswith("/") else what)
