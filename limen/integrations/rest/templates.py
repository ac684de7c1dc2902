"""Mapping templates of an integration: which one applies to a message, and what it makes of it."""

from collections.abc import Mapping
from typing import Any

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.request_view import view_of
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR, UNSUPPORTED_MEDIA_TYPE
from limen.gateway.template_context import context_map
from limen.integrations.rest.content import DEFAULT_TYPE, media_type_of
from limen.templates.template import Template, TemplateError, compile_template
from limen.templates.values import text_of
from limen.templates.variables import Input, Scope
from limen.templates.xml import asks_for_xml
from limen.wire import LONGEST_KEPT

WHEN_NO_MATCH = "WHEN_NO_MATCH"
NEVER = "NEVER"
_DEFAULT = b"$default"
_KEPT = 1024
_MOST_VARIABLES = 200
_MOST_VALUES = 100
_LONGEST_VALUE = 1000


class BodyTemplate:
    """One template. `constant` is what it makes of any message, None where that depends on the message.

    One that is no Velocity fails when it is used, as on AWS: requests that do not need it are answered.
    """

    __slots__ = ("_compiled", "_problem", "_reads_xml", "constant", "content_type", "text")

    def __init__(self, content_type: str, text: str) -> None:
        self.content_type = content_type
        self.text = text
        self.constant = text.encode() if "$" not in text and "#" not in text and "\\" not in text else None
        self._compiled: Template | None = None
        self._problem = ""
        try:
            self._compiled = compile_template(text, content_type)
        except TemplateError as error:
            self._problem = str(error)
        self._reads_xml = asks_for_xml(text)

    def render(self, exchange: Exchange, body: bytes, place: str, stage_variables: Mapping[str, str]) -> bytes:
        """Raises GatewayError. What the template overrides is on the exchange afterwards."""
        if self.constant is not None and exchange.trace is None:
            return self.constant
        if self._compiled is None:
            self._note(exchange, place, "", {}, error=self._problem)
            raise GatewayError(API_CONFIGURATION_ERROR, f"Unable to transform {place}: {self._problem}")
        text = body.decode("utf-8", "surrogateescape")
        scope = Scope(
            input=Input(text, lambda: parameters_of(exchange), xml=self._reads_xml),
            context=context_map(exchange),
            stage_variables=stage_variables,
        )
        if place == "response" and exchange.overrides is not None:
            exchange.overrides.begin_response_template()
        variables: dict[str, list[str]] = {}
        try:
            if exchange.trace is not None and exchange.trace.is_thorough:
                output = self._compiled.explain(scope, lambda name, value: _keep(variables, name, value))
            else:
                output = self._compiled.render(scope)
        except TemplateError as error:
            self._note(exchange, place, text, variables, error=str(error))
            raise GatewayError(API_CONFIGURATION_ERROR, f"Unable to transform {place}: {error}") from None
        if place == "response" and exchange.overrides is not None:
            exchange.overrides.end_response_template()
        self._note(exchange, place, text, variables, output=output)
        try:
            return output.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise GatewayError(API_CONFIGURATION_ERROR, f"Unable to transform {place}: half of a character") from None

    def _note(
        self,
        exchange: Exchange,
        place: str,
        text: str,
        variables: dict[str, list[str]],
        *,
        output: str | None = None,
        error: str | None = None,
    ) -> None:
        if exchange.trace is None:
            return
        overrides = None
        if exchange.overrides is not None:
            overrides = {"request": exchange.overrides.request, "response": exchange.overrides.response}
        exchange.trace.note(
            "template",
            place=place,
            content_type=self.content_type,
            text=self.text,
            input=text,
            output=output,
            overrides=overrides,
            variables=variables,
            error=error,
        )


def _keep(variables: dict[str, list[str]], name: str, value: Any) -> None:
    """Of what a template sets, as much as somebody can read."""
    if name not in variables and len(variables) >= _MOST_VARIABLES:
        return
    values = variables.setdefault(name, [])
    if len(values) < _MOST_VALUES:
        values.append((text_of(value) or "")[:_LONGEST_VALUE])


class RequestTemplates:
    """Those of an integration, by media type; an empty one passes bodies through, as one for responses does."""

    def __init__(self, templates: Mapping[str, str], passthrough: str | None) -> None:
        self._by_type = _by_type(templates)
        self.passthrough = passthrough or WHEN_NO_MATCH
        self._passes_unmatched = self.passthrough == WHEN_NO_MATCH or not (self._by_type or self.passthrough == NEVER)
        self._kept: dict[bytes, BodyTemplate | None] = {}

    def choose(self, content_type: bytes | None) -> BodyTemplate | None:
        """By the value of Content-Type; None where the body passes. Raises GatewayError where it does not."""
        key = DEFAULT_TYPE if content_type is None else content_type
        if key in self._kept:
            return self._kept[key]
        media_type = media_type_of(key)
        name = media_type if media_type in self._by_type else _DEFAULT
        if name in self._by_type:
            chosen = self._by_type[name]
        elif self._passes_unmatched:
            chosen = None
        else:
            raise GatewayError(
                UNSUPPORTED_MEDIA_TYPE,
                f"no template for {media_type.decode('latin-1')}, and the passthrough behavior is {self.passthrough}",
            )
        if len(key) <= LONGEST_KEPT:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = chosen
        return chosen


class ResponseTemplates:
    """Those of an integration response; where none matches what the client accepts, the first one applies."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._by_type = _by_type(templates)
        first = next(iter(self._by_type.values()), None)
        self._otherwise = self._by_type.get(DEFAULT_TYPE, first)

    def choose(self, accept: bytes | None) -> BodyTemplate | None:
        """By the value of Accept; None where the body passes."""
        if accept is None or len(self._by_type) < 2:
            return self._otherwise
        return self._by_type.get(media_type_of(accept), self._otherwise)


def parameters_of(exchange: Exchange) -> dict[str, dict[str, str]]:
    """What `$input.params()` gives: of repeated ones the last."""
    view = view_of(exchange)
    return {
        "path": dict(view.path),
        "querystring": {name: values[-1] for name, values in view.query.items()},
        "header": view.last_headers(),
    }


def find_template_problems(templates: Mapping[str, str]) -> list[str]:
    problems = []
    for content_type, text in templates.items():
        try:
            compile_template(text or "", content_type)
        except TemplateError as error:
            problems.append(f"the template for {content_type}: {error}")
    return problems


def _by_type(templates: Mapping[str, str]) -> dict[bytes, BodyTemplate | None]:
    return {
        media_type_of(content_type.encode()): BodyTemplate(content_type, text) if text else None
        for content_type, text in templates.items()
    }
