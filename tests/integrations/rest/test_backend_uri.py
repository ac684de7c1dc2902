"""Where an HTTP integration goes, and under which conditions TLS is spoken there."""

from typing import Any

from limen.features.vpc_links import VpcLinks
from limen.integrations.rest.backend_uri import compile_backend_uri
from limen.integrations.rest.scope import RestScope
from limen.integrations.rest.uri import Uri
from limen.upstream.origin import ClientCertificate, Origin

CERTIFICATE = ClientCertificate("certificate", "key")
SCOPE = RestScope("000000000000", "us-east-1", "abc123", "prod", {}, (), CERTIFICATE)


def compiled(uri: str, links: dict[str, str] | None = None, **integration: Any) -> Uri:
    return compile_backend_uri({"uri": uri, **integration}, SCOPE, VpcLinks(links or {}))


def test_https_backends_are_shown_the_certificate_of_the_stage() -> None:
    assert compiled("https://Backend.example/x").origin == Origin(
        "https", "backend.example", 443, client_certificate=CERTIFICATE
    )
    assert compiled("http://backend.example:8080/x").origin == Origin("http", "backend.example", 8080)


def test_tls_config_is_part_of_the_origin() -> None:
    config = {"insecureSkipVerification": True, "serverNameToVerify": "other.example"}
    origin = compiled("https://backend.example/x", tlsConfig=config).origin
    assert origin.skips_verification
    assert origin.server_name == "other.example"


def test_a_private_backend_is_verified_by_the_name_of_the_uri() -> None:
    uri = compiled(
        "https://internal.example/x",
        {"abcd12": "https://10.0.0.1:8443"},
        connectionType="VPC_LINK",
        connectionId="abcd12",
    )
    assert uri.host == b"internal.example"
    assert (uri.origin.host, uri.origin.port, uri.origin.server_name) == ("10.0.0.1", 8443, "internal.example")
