"""What an integration may be: type, address, connection, timeout, mapping; AWS's words for what it may not.

Developer guide, Set up an integration request using the API Gateway API.
"""

import re
from typing import Any

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.v1.mapping import check_integration_request, check_templates
from limen.control.v1.method_documents import check_verb
from limen.control.v2.checks import check_role
from limen.control.v2.integration_checks import is_http_url
from limen.store.documents import Document

TYPES = ("HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS")
HTTP_TYPES = ("HTTP", "HTTP_PROXY")
STREAMED_TYPES = ("AWS_PROXY", "HTTP_PROXY")
CONTENT_HANDLING = ("CONVERT_TO_BINARY", "CONVERT_TO_TEXT")
PASSTHROUGH = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")

BUFFERED_MS = (50, 29_000)
LONGEST_RAISED_MS = 300_000
"""What AWS raises the quota of a regional or private API to, where it is asked; free here like other quotas."""
LONGEST_STREAM_MS = 900_000
TIMEOUT_OUT_OF_RANGE = f"Timeout should be between {BUFFERED_MS[0]} ms and {BUFFERED_MS[1]} ms"

_ARN = re.compile(r"arn:[a-z0-9-]+:apigateway:[a-z0-9-]+:(?P<service>[\w.${}-]+):(?P<rest>.+)", re.DOTALL)
_VARIABLE = r"\$\{stageVariables\.\w+\}"
_PATH_OR_ACTION = re.compile(rf"(?:path|action)/.+|{_VARIABLE}.*", re.DOTALL)
_FUNCTION_ARN = (
    rf"arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{{12}}:function:(?:[\w-]|{_VARIABLE})+(?::(?:[\w$-]|{_VARIABLE})+)?"
)
_INVOCATION = re.compile(
    rf"path/(?:2015-03-31/functions/(?:{_FUNCTION_ARN}|{_VARIABLE})/invocations"
    rf"|2021-11-15/functions/(?:{_FUNCTION_ARN}|{_VARIABLE})/response-streaming-invocations)"
)
_BALANCER = re.compile(
    r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:(?:loadbalancer|listener)/(?:app|net)/.+"
)
_LINK_VARIABLE = re.compile(_VARIABLE)


def check_integration(call: Call, api_id: str, method: Document, integration: Document) -> None:
    """Fills in what AWS fills in, in place."""
    kind = integration.get("type")
    if kind not in TYPES:
        raise bad_request(f"Invalid IntegrationType specified. Valid options are {','.join(TYPES)}")
    _fill_in(method, integration)
    if kind in HTTP_TYPES:
        _check_http(integration)
    elif kind != "MOCK":
        _check_service(kind, integration)
    _check_connection(call, kind, integration)
    _check_transfer(call, api_id, kind, integration)
    _check_choice("PassthroughBehavior", integration.get("passthroughBehavior"), PASSTHROUGH)
    _check_choice("ContentHandlingStrategy", integration.get("contentHandling"), CONTENT_HANDLING)
    if integration.get("credentials"):
        check_role(integration["credentials"])
    declared = method.get("requestParameters", {})
    check_integration_request(integration.get("requestParameters", {}), declared)
    check_templates(integration.get("requestTemplates", {}))
    for key in integration["cacheKeyParameters"]:
        if key not in declared and key not in integration.get("requestParameters", {}):
            raise bad_request("Invalid cache key parameter specified")


def _fill_in(method: Document, integration: Document) -> None:
    for name in ("credentials", "requestParameters", "requestTemplates", "connectionId", "integrationTarget"):
        if not integration.get(name):
            integration.pop(name, None)
    integration.setdefault("passthroughBehavior", "WHEN_NO_MATCH")
    integration.setdefault("timeoutInMillis", BUFFERED_MS[1])
    if not integration.get("cacheNamespace"):
        integration["cacheNamespace"] = method["_resourceId"]
    integration.setdefault("cacheKeyParameters", [])


def _check_http(integration: Document) -> None:
    _check_http_method(integration)
    if not is_http_url(integration.get("uri", "")):
        raise bad_request("Invalid HTTP endpoint specified for URI")


def _check_service(kind: str, integration: Document) -> None:
    _check_http_method(integration)
    form = _ARN.fullmatch(integration.get("uri", ""))
    if form is None:
        raise bad_request("Invalid ARN specified in the request")
    if not _PATH_OR_ACTION.fullmatch(form["rest"]):
        raise bad_request("AWS ARN for integration must contain path or action")
    is_function = form["service"] == "lambda" and bool(_INVOCATION.fullmatch(form["rest"]))
    if kind == "AWS_PROXY":
        if not is_function and form["service"] != "firehose":
            raise bad_request(
                "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream "
                "invocations."
            )
    elif form["service"] != "lambda" and not integration.get("credentials"):
        raise bad_request("Role ARN must be specified for AWS integrations")


def _check_http_method(integration: Document) -> None:
    if not integration.get("httpMethod"):
        raise bad_request("Enumeration value for HttpMethod must be non-empty")
    check_verb(integration["httpMethod"])


def _check_connection(call: Call, kind: str, integration: Document) -> None:
    link_id, target = integration.get("connectionId"), integration.get("integrationTarget")
    if integration.get("tlsConfig") and kind not in HTTP_TYPES:
        raise bad_request("TlsConfig is only supported for integrations of type HTTP and HTTP_PROXY")
    if integration.get("connectionType") != "VPC_LINK":
        if link_id:
            raise bad_request("ConnectionId can only be set for ConnectionType VPC_LINK")
        if target:
            raise bad_request("IntegrationTarget can only be set for ConnectionType VPC_LINK")
        return
    if kind not in HTTP_TYPES:
        raise bad_request("ConnectionType VPC_LINK is only supported for integrations of type HTTP and HTTP_PROXY")
    if not link_id:
        raise bad_request("ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK")
    _check_link(call, link_id, target)


def _check_link(call: Call, link_id: str, target: str | None) -> None:
    if target is not None and not _BALANCER.fullmatch(target):
        raise bad_request("IntegrationTarget should be a valid ARN of an Application or Network Load Balancer")
    has_address = not call.settings.vpc_links.isdisjoint({link_id, target or ""})
    if has_address or _LINK_VARIABLE.fullmatch(link_id):
        return
    if call.documents.get("RestVpcLink", call.scope, link_id) is not None:
        if target is not None:
            raise bad_request("IntegrationTarget is only supported for VPC links of version V2")
    elif call.documents.get("VpcLink", call.scope, link_id) is None:
        raise bad_request("Invalid Vpc Link identifier specified")


def _check_transfer(call: Call, api_id: str, kind: str, integration: Document) -> None:
    mode = integration.get("responseTransferMode")
    _check_choice("ResponseTransferMode", mode, ("BUFFERED", "STREAM"))
    _check_transfer_of_function(mode, integration.get("uri", ""))
    least, most = BUFFERED_MS
    if mode == "STREAM":
        if kind not in STREAMED_TYPES:
            raise bad_request(
                "ResponseTransferMode STREAM is only supported for integrations of type AWS_PROXY and HTTP_PROXY"
            )
        most = LONGEST_STREAM_MS
    elif not call.settings.quotas_enforced and _may_wait_longer(call, api_id):
        most = LONGEST_RAISED_MS
    if not least <= integration["timeoutInMillis"] <= most:
        raise bad_request(f"Timeout should be between {least} ms and {most} ms")


def _check_transfer_of_function(mode: str | None, uri: str) -> None:
    """A function is asked for a stream by a path of its own (developer guide, response streaming)."""
    if ":lambda:path/" not in uri or not uri.endswith("invocations"):
        return
    if uri.endswith("/response-streaming-invocations") != (mode == "STREAM"):
        form = "2021-11-15/functions/FUNCTION/response-streaming-invocations"
        raise bad_request(f"ResponseTransferMode STREAM is only supported for functions with a URI of the form {form}")


def _may_wait_longer(call: Call, api_id: str) -> bool:
    api: dict[str, Any] = call.documents.get("RestApi", call.scope, api_id) or {}
    return "EDGE" not in api.get("endpointConfiguration", {}).get("types", ())


def _check_choice(name: str, value: str | None, values: tuple[str, ...]) -> None:
    if value is not None and value not in values:
        raise bad_request(f"Invalid {name} specified. Valid options are {','.join(values)}")
