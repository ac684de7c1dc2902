"""What makes an integration of an HTTP API whole: defaults by its kind, and AWS's errors where something is missing."""

import re
from typing import Any
from urllib.parse import urlsplit

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.v2.checks import check_role, is_function
from limen.control.v2.parameter_mapping import check_request_parameters, check_response_parameters
from limen.control.v2.route_keys import METHODS
from limen.control.v2.service_integrations import check_service_integration

SHORTEST_TIMEOUT = 50
LONGEST_TIMEOUT = 30_000
"""Milliseconds."""

_LISTENER = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:listener/(?:app|net)/[\w.-]+/[\w-]+/[\w-]+"
)
_CLOUD_MAP = re.compile(r"arn:aws[a-z-]*:servicediscovery:[a-z0-9-]+:\d{12}:service/[\w-]+(?:\?[^\s#]*)?")
_VARIABLE = re.compile(r"\$\{stageVariables\.\w+\}|\{[^{}/]*\}")
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>\"\\^`|]")


def check_integration(call: Call, integration: dict[str, Any]) -> None:
    """Fills in what AWS fills in, in place."""
    kind = integration.get("integrationType")
    if kind not in ("HTTP_PROXY", "AWS_PROXY"):
        raise bad_request(
            "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations "
            "(AWS_PROXY, HTTP_PROXY)"
        )
    integration.setdefault("connectionType", "INTERNET")
    timeout = integration.setdefault("timeoutInMillis", LONGEST_TIMEOUT)
    if not SHORTEST_TIMEOUT <= timeout <= LONGEST_TIMEOUT:
        raise bad_request(f"Timeout should be between {SHORTEST_TIMEOUT} ms and {LONGEST_TIMEOUT} ms")
    if integration.get("credentialsArn"):
        check_role(integration["credentialsArn"])
    _check_connection(call, integration)
    if kind == "HTTP_PROXY":
        _check_http_proxy(integration)
    elif integration.get("integrationSubtype"):
        integration.setdefault("payloadFormatVersion", "1.0")
        check_service_integration(integration)
        return
    else:
        _check_function(integration)
    check_request_parameters(integration.get("requestParameters", {}))
    check_response_parameters(integration.get("responseParameters", {}))


def _check_connection(call: Call, integration: dict[str, Any]) -> None:
    link_id = integration.get("connectionId")
    if integration["connectionType"] != "VPC_LINK":
        if link_id:
            raise bad_request("ConnectionId can only be set for ConnectionType VPC_LINK")
        return
    if integration["integrationType"] != "HTTP_PROXY":
        raise bad_request("ConnectionType VPC_LINK is only supported for integrations of type HTTP_PROXY")
    if not link_id:
        raise bad_request("ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK")
    has_address = not call.settings.vpc_links.isdisjoint({link_id, integration.get("integrationUri", "")})
    if not has_address and call.documents.get("VpcLink", call.scope, link_id) is None:
        raise bad_request(f"Invalid VpcLink identifier specified {link_id}")


def _check_http_proxy(integration: dict[str, Any]) -> None:
    if integration.get("integrationSubtype"):
        raise bad_request("IntegrationSubtype can only be set for integrations of type AWS_PROXY")
    method = integration.get("integrationMethod")
    if not method:
        raise bad_request("HttpMethod parameter method must be specified for integrationType HTTPPROXY")
    if method not in METHODS:
        raise bad_request(f"Invalid HttpMethod specified. Valid options are {','.join(METHODS)}")
    version = integration.setdefault("payloadFormatVersion", "1.0")
    if version != "1.0":
        raise bad_request(f"PayloadFormatVersion {version} is not supported for integration of type HTTP_PROXY")
    uri = integration.get("integrationUri", "")
    if integration["connectionType"] == "VPC_LINK":
        if not (_LISTENER.fullmatch(uri) or _CLOUD_MAP.fullmatch(uri)):
            raise bad_request(
                "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map "
                "service ARN."
            )
    elif not is_http_url(uri):
        raise bad_request("Invalid HTTP endpoint specified for URI")


def _check_function(integration: dict[str, Any]) -> None:
    version = integration.get("payloadFormatVersion")
    if not version:
        raise bad_request("PayloadFormatVersion is a required parameter for integration of type AWS_PROXY")
    if version not in ("1.0", "2.0"):
        raise bad_request(f"Unsupported PayloadFormatVersion: {version}")
    if not is_function(integration.get("integrationUri", "")):
        raise bad_request("Invalid function ARN or invalid uri")
    integration.setdefault("integrationMethod", "POST")


def is_http_url(uri: str) -> bool:
    """Whether a URL can be called once its `${stageVariables.x}` and `{path}` variables are filled in."""
    filled = _VARIABLE.sub("1", uri)
    if _UNSAFE.search(filled) or "{" in filled or "}" in filled:
        return False
    try:
        url = urlsplit(filled)
        has_port = url.port is None or url.port > 0
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.hostname) and has_port and "@" not in url.netloc
