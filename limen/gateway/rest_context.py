"""Every `$context` variable of REST APIs, each computed when it is read.

Names and meanings are the guide's ("$context variables for data models, authorizers, mapping templates, and
CloudWatch access logging"). What REST APIs share with HTTP APIs is in context; what templates see is made of this in
template_context.
"""

from typing import Any

from limen.gateway.api_key import api_key_of
from limen.gateway.context import MISSING, VARIABLES, Read, Variable, find_authorizer_variable
from limen.gateway.exchange import Exchange
from limen.gateway.overrides import Overrides
from limen.gateway.rest_failures import request_uuid
from limen.templates.errors import Trouble
from limen.templates.values import text_of
from limen.wire import find_header

_ONLY_HTTP = frozenset({"dataProcessed", "integrationErrorMessage", "routeKey"})
_OF_NO_CALLER = (
    "authenticate.error",
    "authenticate.latency",
    "authenticate.status",
    "authorize.error",
    "authorize.latency",
    "authorize.status",
    "identity.vpcId",
    "identity.vpceId",
    "waf.error",
    "waf.latency",
    "waf.status",
    "wafResponseCode",
    "webaclArn",
)
"""What only an authorized caller, a private API or a firewall gives a value."""


def find_rest_variable(name: str) -> Variable:
    """What `$context.{name}` is; an unknown variable is one without a value."""
    found = REST_VARIABLES.get(name)
    if found is not None:
        return found
    place, _, rest = name.partition(".")
    if place in ("requestOverride", "responseOverride") and rest:
        return Variable(_override_reader(place, rest.split(".")))
    return find_authorizer_variable(name) or MISSING


def overrides_of(exchange: Exchange) -> Overrides:
    overrides = exchange.overrides
    if overrides is None:
        overrides = exchange.overrides = Overrides()
    return overrides


def _override_reader(place: str, names: list[str]) -> Read:
    def read(exchange: Exchange) -> str | None:
        overrides = exchange.overrides
        if overrides is None:
            return None
        value: Any = overrides.request if place == "requestOverride" else overrides.response
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        try:
            return text_of(value)
        except Trouble:  # for whoever reads a log: longer than any text
            return None

    return read


# --- the request


def _tls_version(exchange: Exchange) -> str | None:
    return exchange.client.tls_version or None


def _cipher_suite(exchange: Exchange) -> str | None:
    return exchange.client.cipher or None


def _endpoint_type(_: Exchange) -> str:
    """Every API is served as a regional one is."""
    return "REGIONAL"


# --- where it went


def _routing_rule_id_matched(exchange: Exchange) -> str | None:
    return None if exchange.domain is None else exchange.domain.rule_id


def _resource_id(exchange: Exchange) -> str | None:
    return exchange.plan.resource_id or None


def _resource_path(exchange: Exchange) -> str | None:
    return exchange.plan.resource_path or None


def _operation_name(exchange: Exchange) -> str | None:
    return exchange.plan.operation_name


def _deployment_id(exchange: Exchange) -> str | None:
    return exchange.stage.deployment_id or None


def _is_canary_request(exchange: Exchange) -> str | None:
    """Only where the stage has a canary."""
    if exchange.stage.is_canary:
        return "true"
    return None if exchange.stage.canary is None else "false"


# --- by which key


def _api_key_id(exchange: Exchange) -> str | None:
    return None if exchange.key_use is None else exchange.key_use.key_id


def _usage_plan_id(exchange: Exchange) -> str | None:
    return None if exchange.key_use is None else exchange.key_use.plan_id


def _customer_id(exchange: Exchange) -> str | None:
    """Of the API key, for metering."""
    return None if exchange.key_use is None else exchange.key_use.customer_id or None


def _product_code(exchange: Exchange) -> str | None:
    """Of the usage plan."""
    return None if exchange.key_use is None else exchange.key_use.product_code or None


# --- how it ended


def _transfer_mode(exchange: Exchange) -> str | None:
    return exchange.plan.transfer_mode or None


def _endpoint_request_id(exchange: Exchange) -> str | None:
    """Of an AWS service, or of a proxied backend that gives one, which is renamed on its way to the client."""
    if exchange.endpoint_request_id:
        return exchange.endpoint_request_id.decode("utf-8", "surrogateescape")
    if exchange.response is None or exchange.integration_status is None:
        return None
    value = find_header(exchange.response.headers, b"x-amzn-remapped-x-amzn-requestid")
    return None if value is None else value.decode("utf-8", "surrogateescape")


def _time_to_all_headers(exchange: Exchange) -> str | None:
    """Milliseconds, of a streamed response alone."""
    seconds = exchange.time_to_all_headers
    return None if seconds is None else str(int(seconds * 1000))


def _time_to_first_content(exchange: Exchange) -> str | None:
    """As above; None for a response without a body as well."""
    seconds = exchange.time_to_first_content
    return None if seconds is None else str(int(seconds * 1000))


def _validation_error(exchange: Exchange) -> str | None:
    detail: str | None = None if exchange.failure is None else exchange.failure.detail
    return detail


def _trace_id(exchange: Exchange) -> str | None:
    return exchange.trace_id.decode() or None


REST_VARIABLES: dict[str, Variable] = {
    **{name: variable for name, variable in VARIABLES.items() if name not in _ONLY_HTTP},
    **dict.fromkeys(_OF_NO_CALLER, MISSING),
    "awsEndpointRequestId": Variable(_endpoint_request_id),
    "cipherSuite": Variable(_cipher_suite, is_plain=True),
    "customDomain.routingRuleIdMatched": Variable(_routing_rule_id_matched, is_plain=True),
    "deploymentId": Variable(_deployment_id, is_plain=True),
    "endpointType": Variable(_endpoint_type, is_plain=True),
    "error.message": Variable(VARIABLES["error.message"].read),
    "error.messageString": Variable(VARIABLES["error.messageString"].read),
    "error.validationErrorString": Variable(_validation_error),
    "integration.requestId": Variable(_endpoint_request_id),
    "integration.responseTransferMode": Variable(_transfer_mode, is_plain=True),
    "integration.timeToAllHeaders": Variable(_time_to_all_headers, is_plain=True),
    "integration.timeToFirstContent": Variable(_time_to_first_content, is_plain=True),
    "identity.apiKey": Variable(api_key_of),
    "identity.apiKeyId": Variable(_api_key_id, is_plain=True),
    "isCanaryRequest": Variable(_is_canary_request, is_plain=True),
    "limen.customerId": Variable(_customer_id),
    "limen.productCode": Variable(_product_code),
    "limen.usagePlanId": Variable(_usage_plan_id, is_plain=True),
    "operationName": Variable(_operation_name),
    "requestId": Variable(request_uuid, is_plain=True),
    "resourceId": Variable(_resource_id, is_plain=True),
    "resourcePath": Variable(_resource_path),
    "tlsVersion": Variable(_tls_version, is_plain=True),
    "xrayTraceId": Variable(_trace_id),
}
