"""The URI of an HTTP integration with its stage variables filled in, and where a private one leads to."""

from collections.abc import Mapping
from typing import Any

import msgspec

from limen.gateway.errors import PlanError
from limen.gateway.ports import PrivateAddresses
from limen.gateway.stage_variables import fill_stage_variables
from limen.integrations.rest.scope import RestScope
from limen.integrations.rest.uri import Parts, Uri, compile_uri
from limen.integrations.segments import encode_path
from limen.integrations.target import split_url
from limen.upstream.origin import Origin


def compile_backend_uri(integration: Mapping[str, Any], scope: RestScope, addresses: PrivateAddresses) -> Uri:
    """Raises PlanError, and LookupError, in words for the log, for a stage variable or an address that is missing."""
    uri = compile_uri(fill_stage_variables(integration.get("uri") or "", scope.variables))
    if integration.get("connectionType") != "VPC_LINK":
        return uri
    link = {"integrationUri": integration.get("integrationTarget"), "connectionId": integration.get("connectionId")}
    origin, _, path, query = split_url(addresses.get_address(link, scope.variables))
    if query or path not in ("", "/"):
        raise PlanError("the address of a VPC link is more than scheme, host and port")
    if integration.get("integrationTarget"):
        uri = _below_stage(uri, scope.stage_name)
    return msgspec.structs.replace(uri, origin=_named(origin, uri.origin))


def _named(address: Origin, uri: Origin) -> Origin:
    """The address is where to go, the URI says whose certificate is expected there."""
    return Origin(address.scheme, address.host, address.port, uri.host if address.scheme == "https" else None)


def _below_stage(uri: Uri, stage_name: str) -> Uri:
    """Through a load balancer that is named itself, the stage's name comes first in the path."""
    first, *others = uri.path.constants
    return msgspec.structs.replace(
        uri, path=Parts((encode_path(b"/" + stage_name.encode()) + first, *others), uri.path.names)
    )
