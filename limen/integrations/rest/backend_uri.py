"""The URI of an HTTP integration with its stage variables filled in, and where a private one leads to."""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.gateway.errors import PlanError
from limen.gateway.ports import PrivateAddresses
from limen.gateway.stage_variables import fill_stage_variables
from limen.integrations.rest.mapping_settings import Parts, Uri
from limen.integrations.rest.scope import RestScope
from limen.integrations.rest.uri import compile_uri
from limen.integrations.segments import encode_path
from limen.integrations.target import split_url
from limen.upstream.origin import Origin


def compile_backend_uri(integration: Mapping[str, Any], scope: RestScope, addresses: PrivateAddresses) -> Uri:
    """Raises PlanError, and LookupError, in words for the log, for a stage variable or an address that is missing."""
    uri = compile_uri(fill_stage_variables(integration.get("uri") or "", scope.variables))
    origin, server_name = uri.origin, None
    if integration.get("connectionType") == "VPC_LINK":
        # The address is where to go, the URI says whose certificate is expected there.
        origin, server_name = _private_origin(integration, scope, addresses), uri.origin.host
        if integration.get("integrationTarget"):
            uri = _below_stage(uri, scope.stage_name)
    if origin.scheme == "https":
        origin = _with_tls(origin, server_name, integration.get("tlsConfig") or {}, scope)
    return msgspec.structs.replace(uri, origin=origin)


def _private_origin(integration: Mapping[str, Any], scope: RestScope, addresses: PrivateAddresses) -> Origin:
    link = {"integrationUri": integration.get("integrationTarget"), "connectionId": integration.get("connectionId")}
    address = addresses.get_address(link, scope.variables)
    origin, _, path, query = split_url(address)
    if query or path not in ("", "/"):
        raise PlanError(f"the address {address!r} of a VPC link is more than scheme, host and port")
    return origin


def _with_tls(origin: Origin, server_name: str | None, config: Mapping[str, Any], scope: RestScope) -> Origin:
    return msgspec.structs.replace(
        origin,
        server_name=config.get("serverNameToVerify") or server_name,
        skips_verification=bool(config.get("insecureSkipVerification")),
        client_certificate=scope.client_certificate,
    )


def _below_stage(uri: Uri, stage_name: str) -> Uri:
    """Through a load balancer that is named itself, the stage's name comes first in the path."""
    first, *others = uri.path.constants
    return msgspec.structs.replace(
        uri, path=Parts((encode_path(b"/" + stage_name.encode()) + first, *others), uri.path.names)
    )
