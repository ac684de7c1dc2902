"""Events of API Gateway: proxy integrations of REST and HTTP APIs, routes of WebSocket APIs, Lambda authorizers."""

from typing import Any

from limen.cli.events.choice import ACCOUNT, API, Choice, all_of_each, joined, last_of_each

_HTTP_TIME = "%d/%b/%Y:%H:%M:%S +0000"


def rest_proxy(choice: Choice) -> dict[str, Any]:
    """Payload version 1.0 as a REST API sends it."""
    return {"resource": _resource(choice), "path": choice.path, "httpMethod": choice.method} | _version_1(
        choice, _rest_context(choice, choice.stage or "prod")
    )


def http_v1(choice: Choice) -> dict[str, Any]:
    """Payload version 1.0 as an HTTP API sends it."""
    stage = choice.stage or "$default"
    context = _rest_context(choice, stage)
    context["identity"] = {name: context["identity"].get(name) for name in _IDENTITY_OF_HTTP}
    return {
        "version": "1.0",
        "resource": _resource(choice),
        "path": _path_with_stage(choice, stage),
        "httpMethod": choice.method,
    } | _version_1(choice, context)


def http_v2(choice: Choice) -> dict[str, Any]:
    stage = choice.stage or "$default"
    cookies = [value for name, value in choice.all_headers if name.lower() == "cookie"]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": _route_key(choice),
        "rawPath": _path_with_stage(choice, stage),
        "rawQueryString": choice.raw_query,
    }
    if cookies:
        event["cookies"] = [cookie.strip() for each in cookies for cookie in each.split(";")]
    event["headers"] = joined([pair for pair in choice.all_headers if pair[0].lower() != "cookie"], lower=True)
    if choice.query:
        event["queryStringParameters"] = joined(choice.query, lower=False)
    event["requestContext"] = _http_context(choice, stage)
    if choice.path_parameters:
        event["pathParameters"] = dict(choice.path_parameters)
    if choice.body is not None:
        event["body"] = choice.body
    return event | {"isBase64Encoded": False}


def websocket(choice: Choice) -> dict[str, Any]:
    """A message to the route $default; its body is the message."""
    stage = choice.stage or "production"
    return {
        "requestContext": {
            "routeKey": choice.resource or "$default",
            "messageId": "VGhlTWVzc2FnZUlk",
            "eventType": "MESSAGE",
            "extendedRequestId": "JJbxtGExampleg=",
            "requestTime": choice.now.strftime(_HTTP_TIME),
            "messageDirection": "IN",
            "stage": stage,
            "connectedAt": choice.epoch_ms - 60_000,
            "requestTimeEpoch": choice.epoch_ms,
            "identity": {"sourceIp": "127.0.0.1", "userAgent": "limen-event"},
            "requestId": "JJbxtGExampleg=",
            "domainName": choice.host,
            "connectionId": "VGhlQ29ubmVjdA=",
            "apiId": API,
        },
        "body": "{}" if choice.body is None else choice.body,
        "isBase64Encoded": False,
    }


def token_authorizer(choice: Choice) -> dict[str, Any]:
    return {
        "type": "TOKEN",
        "authorizationToken": _authorization(choice),
        "methodArn": _method_arn(choice, choice.stage or "prod"),
    }


def request_authorizer(choice: Choice) -> dict[str, Any]:
    """What a REST API asks its REQUEST authorizer: the proxy event without a body."""
    event = rest_proxy(choice)
    kept = {name: value for name, value in event.items() if name not in ("body", "isBase64Encoded")}
    return {"type": "REQUEST", "methodArn": _method_arn(choice, choice.stage or "prod")} | kept


def http_authorizer(choice: Choice) -> dict[str, Any]:
    """Payload version 2.0 of an HTTP API's Lambda authorizer."""
    stage = choice.stage or "$default"
    event = http_v2(choice)
    kept = {name: value for name, value in event.items() if name not in ("version", "body", "isBase64Encoded")}
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": _method_arn(choice, stage),
        "identitySource": [_authorization(choice)],
    } | kept


def _version_1(choice: Choice, context: dict[str, Any]) -> dict[str, Any]:
    return {
        "headers": last_of_each(choice.all_headers),
        "multiValueHeaders": all_of_each(choice.all_headers),
        "queryStringParameters": last_of_each(choice.query),
        "multiValueQueryStringParameters": all_of_each(choice.query),
        "pathParameters": last_of_each(choice.path_parameters),
        "stageVariables": None,
        "requestContext": context,
        "body": choice.body,
        "isBase64Encoded": False,
    }


def _rest_context(choice: Choice, stage: str) -> dict[str, Any]:
    return {
        "resourceId": "6gajh1",
        "resourcePath": _resource(choice),
        "httpMethod": choice.method,
        "extendedRequestId": "JJbxtGExampleg=",
        "requestTime": choice.now.strftime(_HTTP_TIME),
        "path": _path_with_stage(choice, stage),
        "accountId": ACCOUNT,
        "protocol": "HTTP/1.1",
        "stage": stage,
        "domainPrefix": API,
        "requestTimeEpoch": choice.epoch_ms,
        "requestId": choice.request_id,
        "identity": dict.fromkeys(_IDENTITY) | {"sourceIp": "127.0.0.1", "userAgent": "limen-event"},
        "domainName": choice.host,
        "apiId": API,
    }


def _http_context(choice: Choice, stage: str) -> dict[str, Any]:
    return {
        "accountId": ACCOUNT,
        "apiId": API,
        "domainName": choice.host,
        "domainPrefix": API,
        "http": {
            "method": choice.method,
            "path": _path_with_stage(choice, stage),
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": "limen-event",
        },
        "requestId": "JJbxtExampleAg=",
        "routeKey": _route_key(choice),
        "stage": stage,
        "time": choice.now.strftime(_HTTP_TIME),
        "timeEpoch": choice.epoch_ms,
    }


def _resource(choice: Choice) -> str:
    return choice.resource or choice.path


def _route_key(choice: Choice) -> str:
    resource = _resource(choice)
    return resource if resource == "$default" else f"{choice.method} {resource}"


def _path_with_stage(choice: Choice, stage: str) -> str:
    return choice.path if stage == "$default" else f"/{stage}{choice.path}"


def _authorization(choice: Choice) -> str:
    return next((value for name, value in choice.headers if name.lower() == "authorization"), "Bearer token")


def _method_arn(choice: Choice, stage: str) -> str:
    return choice.arn("execute-api", f"{API}/{stage}/{choice.method}{choice.path}")


_IDENTITY = (
    "cognitoIdentityPoolId",
    "accountId",
    "cognitoIdentityId",
    "caller",
    "sourceIp",
    "principalOrgId",
    "accessKey",
    "cognitoAuthenticationType",
    "cognitoAuthenticationProvider",
    "userArn",
    "userAgent",
    "user",
)
_IDENTITY_OF_HTTP = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "sourceIp",
    "user",
    "userAgent",
    "userArn",
)
