"""Events of proxy integrations as API Gateway documents them: version 1.0 of REST and HTTP APIs, and version 2.0."""

from typing import Any

DOMAIN = "abcdef1234.execute-api.eu-west-1.amazonaws.com"


def rest_event(method: str, path: str, **members: Any) -> dict[str, Any]:
    """Version 1.0 as a REST API sends it, with a resource /{proxy+}."""
    headers = {"Accept": "*/*", "Host": DOMAIN, "User-Agent": "tests", "X-Forwarded-Proto": "https"}
    headers |= {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Port": "443", **members.pop("headers", {})}
    identity = dict.fromkeys(
        ("cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "principalOrgId", "accessKey", "user")
    ) | {"sourceIp": "192.0.2.1", "userAgent": "tests", "userArn": None}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": path[1:]},
        "stageVariables": None,
        "requestContext": {
            "resourceId": "123abc",
            "resourcePath": "/{proxy+}",
            "httpMethod": method,
            "extendedRequestId": "JJbxmplHYosFVYQ=",
            "requestTime": "10/Mar/2020:00:03:59 +0000",
            "requestTimeEpoch": 1583798639428,
            "path": f"/prod{path}",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "domainPrefix": "abcdef1234",
            "requestId": "0b2f2c3e-6a53-4a0e-9b6c-1f0a7b1c2d3e",
            "domainName": DOMAIN,
            "apiId": "abcdef1234",
            "identity": identity,
        },
        "body": None,
        "isBase64Encoded": False,
        **members,
    }


def http_event(method: str, path: str, query: str = "", **members: Any) -> dict[str, Any]:
    """Version 2.0 as an HTTP API sends it on its route $default."""
    headers = {"accept": "*/*", "host": DOMAIN, "user-agent": "tests", "x-forwarded-proto": "https"}
    headers |= {"x-forwarded-for": "192.0.2.1", "x-forwarded-port": "443", **members.pop("headers", {})}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "domainName": DOMAIN,
            "domainPrefix": "abcdef1234",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "tests",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "10/Mar/2020:05:16:23 +0000",
            "timeEpoch": 1583817383220,
        },
        "isBase64Encoded": False,
        **members,
    }


def http_event_1_0(method: str, path: str, **members: Any) -> dict[str, Any]:
    """Version 1.0 as an HTTP API sends it."""
    return {"version": "1.0", **rest_event(method, path, **members)}
