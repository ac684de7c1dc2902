"""Parameter mapping of REST APIs as AWS refuses it: who may be mapped to whom, and in which words.

Developer guide, Amazon API Gateway API request and response data mapping reference.
"""

import re
from collections.abc import Collection, Mapping

from limen.aws.errors import AwsError, bad_request

_NAME = r"[a-zA-Z0-9._$-]+"
METHOD_REQUEST = re.compile(rf"method\.request\.(?P<place>header|querystring|path)\.(?P<name>{_NAME})")
METHOD_RESPONSE = re.compile(rf"method\.response\.header\.(?P<name>{_NAME})")
INTEGRATION_REQUEST = re.compile(rf"integration\.request\.(?P<place>header|querystring|path)\.(?P<name>{_NAME})")
GATEWAY_RESPONSE = re.compile(rf"gatewayresponse\.(?P<place>header|querystring|path)\.(?P<name>{_NAME})")

_ANYWHERE = rf"'.*'|stageVariables\.\w+|context\.{_NAME}"
_REQUEST_VALUE = re.compile(
    rf"{_ANYWHERE}|method\.request\.body(?:\..+)?"
    rf"|method\.request\.(?:multivalue)?(?P<place>header|querystring|path)\.(?P<name>{_NAME})",
    re.DOTALL,
)
_RESPONSE_VALUE = re.compile(
    rf"{_ANYWHERE}|integration\.response\.body(?:\..+)?|integration\.response\.(?:multivalue)?header\.{_NAME}",
    re.DOTALL,
)
_GATEWAY_VALUE = re.compile(
    rf"{_ANYWHERE}|method\.request\.(?:multivalue)?(?P<place>header|querystring|path)\.(?P<name>{_NAME})", re.DOTALL
)
_CONTENT_TYPE = re.compile(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+(?:\s*;.*)?|\$default")

LARGEST_TEMPLATE = 300 * 1024
"""Bytes."""


def check_method_request(parameters: Mapping[str, bool]) -> None:
    """What a method declares: `method.request.{place}.{name}`, each name in one place only."""
    places: dict[str, str] = {}
    for key in parameters:
        form = METHOD_REQUEST.fullmatch(key)
        if form is None:
            raise invalid_expression(key)
        if places.setdefault(form["name"], form["place"]) != form["place"]:
            raise bad_request("Parameter names must be unique across querystring, header and path")


def check_method_response(parameters: Mapping[str, bool]) -> None:
    _check_keys(parameters, METHOD_RESPONSE)


def check_integration_request(parameters: Mapping[str, str], declared: Collection[str]) -> None:
    """`declared`: what the method's requestParameters name; nothing else of a request can be mapped."""
    _check_keys(parameters, INTEGRATION_REQUEST)
    for value in parameters.values():
        form = _REQUEST_VALUE.fullmatch(value)
        if form is None:
            raise invalid_expression(value)
        if form["name"] is not None and f"method.request.{form['place']}.{form['name']}" not in declared:
            raise undeclared(value)


def check_integration_response(parameters: Mapping[str, str], declared: Collection[str] | None) -> None:
    """`declared`: what the method response's responseParameters name; None where there is no such response."""
    _check_keys(parameters, METHOD_RESPONSE)
    for key, value in parameters.items():
        if _RESPONSE_VALUE.fullmatch(value) is None:
            raise invalid_expression(value)
        if declared is None:
            raise _invalid("No method response exists for method.")
        if key not in declared:
            raise undeclared(key)


def check_gateway_response(parameters: Mapping[str, str]) -> None:
    _check_keys(parameters, GATEWAY_RESPONSE)
    for value in parameters.values():
        if _GATEWAY_VALUE.fullmatch(value) is None:
            raise invalid_expression(value)


def check_templates(templates: Mapping[str, str]) -> None:
    for content_type, template in templates.items():
        check_content_type(content_type)
        if len(template.encode("utf-8", "surrogatepass")) > LARGEST_TEMPLATE:
            raise bad_request(f"Mapping template is too large: it must not exceed {LARGEST_TEMPLATE} bytes")


def check_content_type(content_type: str) -> None:
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise bad_request(
            f"Validation Result: warnings : [], errors : [Invalid content type specified: {content_type}]"
        )


def invalid_expression(expression: str) -> AwsError:
    return _invalid(f"Invalid mapping expression specified: {expression}")


def undeclared(expression: str) -> AwsError:
    return _invalid(f"Invalid mapping expression parameter specified: {expression}")


def _check_keys(parameters: Mapping[str, object], form: re.Pattern[str]) -> None:
    for key in parameters:
        if form.fullmatch(key) is None:
            raise invalid_expression(key)


def _invalid(error: str) -> AwsError:
    return bad_request(f"Invalid mapping expression specified: Validation Result: warnings : [], errors : [{error}]")
