"""How a REST API is reached: endpoint type, IP addresses, VPC endpoints, TLS policy. Stored; Limen has one endpoint.

Developer guide, API endpoint types for REST APIs.
"""

from typing import Any

from limen.aws.errors import bad_request
from limen.store.documents import Document

TYPES = ("REGIONAL", "EDGE", "PRIVATE")
ACCESS_MODES = ("BASIC", "STRICT")
SECURITY_POLICIES = (
    "TLS_1_0",
    "TLS_1_2",
    "SecurityPolicy_TLS13_1_3_2025_09",
    "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
    "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_2021_06",
    "SecurityPolicy_TLS13_2025_EDGE",
    "SecurityPolicy_TLS12_PFS_2025_EDGE",
    "SecurityPolicy_TLS12_2018_EDGE",
)

_REFUSED_CHANGES = (("PRIVATE", "EDGE"),)


def check_endpoint(api: Document, before: Document | None = None) -> None:
    """Fills in what AWS fills in, in place; `before` is the API as it was."""
    configuration = api.setdefault("endpointConfiguration", {"types": ["EDGE"]})
    types = configuration.get("types") or []
    if not types:
        raise bad_request("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
    if len(types) > 1:
        raise bad_request("Cannot create an api with multiple Endpoint Types.")
    _check_change(api, before, types[0])
    is_private = types[0] == "PRIVATE"
    addresses = configuration.setdefault("ipAddressType", "dualstack" if is_private else "ipv4")
    if is_private and addresses != "dualstack":
        raise bad_request("Only dualstack ipAddressType is supported for Private APIs.")
    if not configuration.get("vpcEndpointIds"):
        configuration.pop("vpcEndpointIds", None)
    elif not is_private:
        raise bad_request("VPCEndpoints can only be specified with PRIVATE apis.")
    _check_security(api)


def default_security_policy(api: Document) -> str:
    """What AWS shows where none was chosen (observed; developer guide, Security policies for REST APIs)."""
    return "TLS_1_2" if api["endpointConfiguration"]["types"] == ["PRIVATE"] else "TLS_1_0"


def _check_change(api: Document, before: Document | None, kind: str) -> None:
    old: dict[str, Any] = before["endpointConfiguration"] if before is not None else {}
    old_kind = old.get("types", [kind])[0]
    if before is None or old_kind == kind:
        return
    if (old_kind, kind) in _REFUSED_CHANGES:
        raise bad_request(f"Cannot update endpoint from {old_kind} to {kind}")
    if before.get("endpointAccessMode") == "STRICT":
        raise bad_request("Cannot update the endpoint type of an API whose endpointAccessMode is STRICT")
    if kind == "PRIVATE":
        api["endpointConfiguration"]["ipAddressType"] = "dualstack"


def _check_security(api: Document) -> None:
    policy = api.get("securityPolicy")
    mode = api.get("endpointAccessMode")
    if policy is not None and policy.startswith("SecurityPolicy_") and mode is None:
        raise bad_request(f"An endpointAccessMode is required for the security policy {policy}")
    if mode is not None and not (policy or "").startswith("SecurityPolicy_"):
        raise bad_request(
            "An endpointAccessMode can only be set with a security policy that starts with SecurityPolicy_"
        )
