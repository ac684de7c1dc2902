"""What `limen domains add` and `remove` do, by operations of AWS: certificate, domain name, mapping, one after another.

Each step looks first and changes only what is not so yet, so that a command that ended halfway can be typed again.
"""

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from limen.cli.failure import CommandError, RefusedError

if TYPE_CHECKING:
    from limen.cli.admin_port import AdminPort

NOT_FOUND = ("NotFoundException", "ResourceNotFoundException")
MOST_TRUSTSTORE_BYTES = 1 << 20
_END = b"-----END CERTIFICATE-----"


class OwnCertificate(Struct, frozen=True):
    """PEM, as an owner brings it."""

    certificate: bytes
    key: bytes
    chain: bytes | None


class Wanted(Struct, frozen=True):
    """What `add` was asked for; `path` without slashes at its ends."""

    name: str
    api: str
    stage: str
    path: str
    own_certificate: OwnCertificate | None
    truststore: str | None
    """A file or an s3:// URI; None: whatever is set stays."""
    closes_api: bool


def read_certificate(certificate: Path | None, key: Path | None, chain: Path | None) -> OwnCertificate | None:
    """What comes behind the first certificate of its file belongs to the chain: many authorities give both in one."""
    if certificate is None or key is None:
        if certificate or key or chain:
            raise CommandError("give --certificate and --key, both")
        return None
    first, end, rest = certificate.read_bytes().partition(_END)
    others = rest.strip() + (b"\n" + chain.read_bytes() if chain else b"")
    return OwnCertificate(first + end, key.read_bytes(), others.strip() or None)


class DomainSetup:
    def __init__(self, port: "AdminPort", wanted: Wanted) -> None:
        self._port = port
        self._wanted = wanted
        self._lines: list[str] = []

    def run(self) -> list[str]:
        """A line for each change."""
        api = find_api(self._port, self._wanted.api, self._wanted.stage)
        truststore = self._find_truststore()
        domain = find_domain(self._port, self._wanted.name)
        arn, made = self._put_certificate(domain)
        try:
            self._put_domain(domain, arn, truststore)
        except CommandError:
            if made:
                self._port.call_certificates("DeleteCertificate", {"CertificateArn": arn})
            raise
        self._put_mapping(api)
        if self._wanted.closes_api:
            self._close(api)
        return self._lines

    def _find_truststore(self) -> str | None:
        """Its URI; a file goes to a bucket of the server's own, where the same content has the same URI."""
        given = self._wanted.truststore
        if given is None or given.startswith("s3://"):
            return given
        try:
            content = Path(given).read_bytes()
        except OSError as error:
            raise CommandError(f"cannot read {given}: {error.strerror}") from None
        if len(content) > MOST_TRUSTSTORE_BYTES:
            raise CommandError(f"{given} has more than {MOST_TRUSTSTORE_BYTES} bytes")
        return str(self._port.ask("/_limen/truststores", method="POST", body=content)["uri"])

    # --- the certificate

    def _put_certificate(self, domain: dict[str, Any] | None) -> tuple[str, bool]:
        """Its ARN, and whether it was made for this."""
        own, present = self._wanted.own_certificate, arn_of(domain) if domain else None
        if own is None:
            return (present, False) if present else (self._request(), True)
        if present is not None and self._is_imported(present):
            if not self._is_same(present, own):
                self._import(own, present)
                self._lines.append(f"~ certificate {present}: imported again")
            return present, False
        arn = self._import(own, None)
        self._lines.append(f"+ certificate {arn}: imported")
        return arn, True

    def _request(self) -> str:
        asked = {"DomainName": self._wanted.name, "ValidationMethod": "DNS"}
        arn = str(self._port.call_certificates("RequestCertificate", asked)["CertificateArn"])
        self._lines.append(f"+ certificate {arn}: issued by this server's authority")
        return arn

    def _import(self, own: OwnCertificate, arn: str | None) -> str:
        parts = {"Certificate": own.certificate, "PrivateKey": own.key, "CertificateChain": own.chain}
        members = {name: base64.b64encode(part).decode() for name, part in parts.items() if part is not None}
        named = {"CertificateArn": arn} if arn else {}
        return str(self._port.call_certificates("ImportCertificate", members | named)["CertificateArn"])

    def _is_imported(self, arn: str) -> bool:
        shown = describe_certificate(self._port, arn)
        return shown is not None and shown["Type"] == "IMPORTED"

    def _is_same(self, arn: str, own: OwnCertificate) -> bool:
        present = self._port.call_certificates("GetCertificate", {"CertificateArn": arn})
        return [_lines_of(present["Certificate"]), _lines_of(present.get("CertificateChain", ""))] == [
            _lines_of(own.certificate.decode("ascii", "replace")),
            _lines_of((own.chain or b"").decode("ascii", "replace")),
        ]

    # --- the domain name and what is mapped

    def _put_domain(self, domain: dict[str, Any] | None, arn: str, truststore: str | None) -> None:
        mutual_tls = {"mutualTlsAuthentication": {"truststoreUri": truststore}} if truststore else {}
        configured = {"domainNameConfigurations": [{"certificateArn": arn}]}
        name = self._wanted.name
        if domain is None:
            self._port.call_aws("POST", "/v2/domainnames", members={"domainName": name, **configured, **mutual_tls})
            self._lines.append(f"+ domain name {name}" + (f": mutual TLS by {truststore}" if truststore else ""))
            return
        changes: dict[str, Any] = {} if arn_of(domain) == arn else configured
        if truststore not in (None, domain.get("mutualTlsAuthentication", {}).get("truststoreUri")):
            changes = changes | mutual_tls
        if changes:
            self._port.call_aws("PATCH", _path_of(name), members=changes)
            self._lines.append(f"~ domain name {name}: {', '.join(sorted(changes))}")

    def _put_mapping(self, api: dict[str, Any]) -> None:
        name, path = self._wanted.name, self._wanted.path
        target = {"apiId": api["apiId"], "stage": self._wanted.stage}
        shown = f"https://{name}/{path} -> {api['name']}/{self._wanted.stage}"
        mapping = next(
            (each for each in list_mappings(self._port, name) if each.get("apiMappingKey", "") == path), None
        )
        if mapping is None:
            self._port.call_aws("POST", f"{_path_of(name)}/apimappings", members=target | {"apiMappingKey": path})
            self._lines.append(f"+ {shown}")
        elif {"apiId": mapping["apiId"], "stage": mapping.get("stage")} != target:
            self._port.call_aws("PATCH", f"{_path_of(name)}/apimappings/{mapping['apiMappingId']}", members=target)
            self._lines.append(f"~ {shown}")

    def _close(self, api: dict[str, Any]) -> None:
        if all(stage["endpointDisabled"] for stage in api["stages"] if stage["deploymentId"]):
            return
        api_id = api["apiId"]
        if api["protocolType"] == "HTTP":
            self._port.call_aws("PATCH", f"/v2/apis/{api_id}", members={"disableExecuteApiEndpoint": True})
        else:
            patch = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
            self._port.call_aws("PATCH", f"/restapis/{api_id}", members={"patchOperations": patch})
        self._lines.append(f"~ {api['name']}: disableExecuteApiEndpoint")
        after = find_api(self._port, api_id, self._wanted.stage)
        for stage in after["stages"]:
            if stage["deploymentId"] and not stage["endpointDisabled"]:
                self._lines.append(f"! stage {stage['stageName']} answers on its own host until it is deployed again")


def remove_domain(port: "AdminPort", name: str) -> list[str]:
    """Lines of what went and what stays."""
    domain = find_domain(port, name)
    if domain is None:
        raise CommandError(f"there is no domain name {name}")
    port.call_aws("DELETE", _path_of(name))
    lines, arn = [f"- domain name {name}"], arn_of(domain)
    certificate = describe_certificate(port, arn)
    if certificate is None:
        return lines
    is_its_own = certificate["Type"] == "AMAZON_ISSUED" and certificate["DomainName"] == name
    if not is_its_own or certificate.get("InUseBy"):
        return [*lines, f"  certificate {arn} is kept"]
    port.call_certificates("DeleteCertificate", {"CertificateArn": arn})
    return [*lines, f"- certificate {arn}"]


def find_api(port: "AdminPort", wanted: str, stage: str) -> dict[str, Any]:
    """By id or by a name that only one has, as `limen status` tells it."""
    apis = [api for api in port.ask("/_limen/status")["apis"] if api["region"] == port.region]
    found = [api for api in apis if api["apiId"] == wanted] or [api for api in apis if api["name"] == wanted]
    if len(found) != 1:
        reason = f"{len(found)} APIs have the name {wanted}: give an id" if found else f"there is no API {wanted}"
        raise CommandError(f"{reason} in {port.region}")
    stages = [each["stageName"] for each in found[0]["stages"]]
    if stage not in stages:
        raise CommandError(f"{wanted} has no stage {stage}" + (f", but {', '.join(stages)}" if stages else ""))
    return dict(found[0])


def find_domain(port: "AdminPort", name: str) -> dict[str, Any] | None:
    try:
        return dict(port.call_aws("GET", _path_of(name)))
    except RefusedError as error:
        if error.code.partition(":")[0] not in NOT_FOUND:
            raise
        return None


def list_mappings(port: "AdminPort", name: str) -> list[dict[str, Any]]:
    """All pages."""
    found: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = port.call_aws("GET", f"{_path_of(name)}/apimappings", urlencode({"maxResults": "100", **token}))
        found += page["items"]
        if not page.get("nextToken"):
            return found
        token = {"nextToken": page["nextToken"]}


def describe_certificate(port: "AdminPort", arn: str) -> dict[str, Any] | None:
    """None for one that this server does not know."""
    try:
        return dict(port.call_certificates("DescribeCertificate", {"CertificateArn": arn})["Certificate"])
    except RefusedError as error:
        if error.code.partition(":")[0] not in NOT_FOUND:
            raise
        return None


def arn_of(domain: dict[str, Any]) -> str:
    return str(domain["domainNameConfigurations"][0]["certificateArn"])


def _path_of(name: str) -> str:
    return f"/v2/domainnames/{quote(name, safe='')}"


def _lines_of(pem: str) -> list[str]:
    return [line.strip() for line in pem.splitlines() if line.strip()]
