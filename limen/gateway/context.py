"""Every `$context` variable of HTTP APIs in one table, each computed when it is read.

Names and meanings are the guide's ("Customizing HTTP API access logs"); a variable without a value is None here, and
`-` in a log.
"""

import time
from collections.abc import Callable
from time import monotonic
from typing import TypeAlias

from msgspec import Struct

from limen.gateway.caller_view import AUTHORIZER_VARIABLES, IDENTITY_VARIABLES, authorizer_reader, identity_reader
from limen.gateway.client_certificate import CERTIFICATE_VARIABLES
from limen.gateway.exchange import Exchange
from limen.wire import find_header

Read: TypeAlias = Callable[[Exchange], str | None]


class Variable(Struct, frozen=True):
    """`is_plain`: in words of our own that mean nothing to JSON, XML or CSV, so that no format has to escape it."""

    read: Read
    is_plain: bool = False


def find_variable(name: str) -> Variable:
    """What `$context.{name}` is; an unknown variable is one without a value, as it is to AWS."""
    found = VARIABLES.get(name)
    if found is not None:
        return found
    return find_authorizer_variable(name) or MISSING


def find_authorizer_variable(name: str) -> Variable | None:
    """None for a name that is no property of an authorizer."""
    place, _, rest = name.partition(".")
    return Variable(authorizer_reader(rest)) if place == "authorizer" and rest else None


# --- the request


def _request_id(exchange: Exchange) -> str:
    return exchange.request_id.decode()


def _http_method(exchange: Exchange) -> str:
    return exchange.method.decode("utf-8", "surrogateescape")


def _path(exchange: Exchange) -> str:
    return exchange.path.decode("utf-8", "surrogateescape")


def _protocol(_: Exchange) -> str:
    """HTTP/2 is logged as HTTP/1.1 as well (guide, `$context.protocol`)."""
    return "HTTP/1.1"


def _domain_name(exchange: Exchange) -> str | None:
    host = exchange.host.decode("utf-8", "surrogateescape")
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0] or None


def _domain_prefix(exchange: Exchange) -> str | None:
    name = _domain_name(exchange)
    return None if name is None else name.partition(".")[0]


def _source_ip(exchange: Exchange) -> str:
    return exchange.client.source_ip


def _user_agent(exchange: Exchange) -> str | None:
    value = exchange.find_header(b"user-agent")
    return None if value is None else value.decode("utf-8", "surrogateescape")


_last_request_time: tuple[int, str] = (0, "01/Jan/1970:00:00:00 +0000")
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _request_time(exchange: Exchange) -> str:
    """Formatted once a second: requests of one second share the text. Months are English whatever the locale."""
    global _last_request_time
    second = int(exchange.started_at)
    if second == _last_request_time[0]:
        return _last_request_time[1]
    at = time.gmtime(second)
    text = f"{at[2]:02}/{_MONTHS[at[1]]}/{at[0]}:{at[3]:02}:{at[4]:02}:{at[5]:02} +0000"
    _last_request_time = (second, text)
    return text


def _request_time_epoch(exchange: Exchange) -> str:
    return str(int(exchange.started_at * 1000))


# --- where it went


def _base_path_matched(exchange: Exchange) -> str | None:
    return None if exchange.domain is None else exchange.domain.base_path or None


def _account_id(exchange: Exchange) -> str:
    return exchange.stage.account


def _api_id(exchange: Exchange) -> str:
    return exchange.stage.api_id


def _stage(exchange: Exchange) -> str:
    return exchange.stage.name


def _route_key(exchange: Exchange) -> str | None:
    return exchange.plan.key or None


# --- how it ended


def _status(exchange: Exchange) -> str | None:
    return None if exchange.response is None else str(exchange.response.status)


def _response_length(exchange: Exchange) -> str | None:
    """What was sent: nothing of a body where the client asked for HEAD, or has gone."""
    length = getattr(exchange, "response_length", None)
    if length is None and exchange.response is not None:
        length = len(exchange.response.body)
    return None if length is None else str(length)


def _response_latency(exchange: Exchange) -> str:
    return str(int((monotonic() - exchange.started) * 1000))


def _data_processed(exchange: Exchange) -> str:
    received = len(exchange.body)
    return str(received if exchange.response is None else received + len(exchange.response.body))


def _error_message(exchange: Exchange) -> str | None:
    message: str | None = None if exchange.failure is None else exchange.failure.message
    return message


def _error_message_string(exchange: Exchange) -> str | None:
    message = _error_message(exchange)
    return None if message is None else f'"{message}"'


def _error_response_type(exchange: Exchange) -> str | None:
    """A failure before any API was chosen has no type."""
    return None if exchange.failure is None else exchange.failure.failure.name or None


def _integration_status(exchange: Exchange) -> str | None:
    return None if exchange.integration_status is None else str(exchange.integration_status)


def _backend_status(exchange: Exchange) -> str | None:
    """What a function says, where Lambda itself answered 200."""
    return _integration_status(exchange) if exchange.function_status is None else str(exchange.function_status)


def _integration_latency(exchange: Exchange) -> str | None:
    return None if exchange.integration_latency is None else str(int(exchange.integration_latency * 1000))


def _integration_error(exchange: Exchange) -> str | None:
    return exchange.integration_error


def _endpoint_request_id(exchange: Exchange) -> str | None:
    if exchange.endpoint_request_id:
        return exchange.endpoint_request_id.decode("utf-8", "surrogateescape")
    return _from_response(exchange, b"x-amzn-requestid") or _from_response(exchange, b"x-amz-request-id")


def _endpoint_request_id_2(exchange: Exchange) -> str | None:
    return _from_response(exchange, b"x-amz-id-2")


def _from_response(exchange: Exchange, lower: bytes) -> str | None:
    value = None if exchange.response is None else find_header(exchange.response.headers, lower)
    return None if value is None else value.decode("utf-8", "surrogateescape")


def _nothing(_: Exchange) -> None:
    """What only a Cognito identity or a custom domain name gives a value."""
    return None


MISSING = Variable(_nothing, is_plain=True)

VARIABLES: dict[str, Variable] = {
    "accountId": Variable(_account_id, is_plain=True),
    "apiId": Variable(_api_id, is_plain=True),
    **{f"authorizer.{name}": Variable(read) for name, read in AUTHORIZER_VARIABLES.items()},
    "awsEndpointRequestId": Variable(_endpoint_request_id),
    "awsEndpointRequestId2": Variable(_endpoint_request_id_2),
    "customDomain.basePathMatched": Variable(_base_path_matched),
    "dataProcessed": Variable(_data_processed, is_plain=True),
    "domainName": Variable(_domain_name),
    "domainPrefix": Variable(_domain_prefix),
    "error.message": Variable(_error_message, is_plain=True),
    "error.messageString": Variable(_error_message_string, is_plain=True),
    "error.responseType": Variable(_error_response_type, is_plain=True),
    "extendedRequestId": Variable(_request_id, is_plain=True),
    "httpMethod": Variable(_http_method),
    **{f"identity.{name}": Variable(identity_reader(name)) for name in IDENTITY_VARIABLES},
    "identity.cognitoAuthenticationProvider": MISSING,
    "identity.cognitoAuthenticationType": MISSING,
    "identity.cognitoIdentityId": MISSING,
    "identity.cognitoIdentityPoolId": MISSING,
    **{f"identity.clientCert.{name}": Variable(read) for name, read in CERTIFICATE_VARIABLES.items()},
    "identity.sourceIp": Variable(_source_ip, is_plain=True),
    "identity.userAgent": Variable(_user_agent),
    "integration.error": Variable(_integration_error),
    "integration.integrationStatus": Variable(_integration_status, is_plain=True),
    "integration.latency": Variable(_integration_latency, is_plain=True),
    "integration.requestId": Variable(_endpoint_request_id),
    "integration.status": Variable(_backend_status, is_plain=True),
    "integrationErrorMessage": Variable(_integration_error),
    "integrationLatency": Variable(_integration_latency, is_plain=True),
    "integrationStatus": Variable(_integration_status, is_plain=True),
    "path": Variable(_path),
    "protocol": Variable(_protocol, is_plain=True),
    "requestId": Variable(_request_id, is_plain=True),
    "requestTime": Variable(_request_time, is_plain=True),
    "requestTimeEpoch": Variable(_request_time_epoch, is_plain=True),
    "responseLatency": Variable(_response_latency, is_plain=True),
    "responseLength": Variable(_response_length, is_plain=True),
    "routeKey": Variable(_route_key),
    "stage": Variable(_stage, is_plain=True),
    "status": Variable(_status, is_plain=True),
}
