"""Parameters of a subtype, compiled: functions from a reading of an exchange to what the service is given.

A map that is written as JSON is compiled leaf by leaf: what a client sends fills a text, and never becomes a member.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson

from limen.gateway.errors import BAD_REQUEST, GatewayError
from limen.integrations.mapping_grammar import Value, parse_value
from limen.integrations.sources import Read, Reading, compile_value
from limen.integrations.subtypes.actions import Kind

ReadValue: TypeAlias = Callable[[Reading], Any]
"""None where the value is missing; else text, number, list or map by its Kind. May raise GatewayError."""

_NUMBER = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,9})?")
_LEAST_MILLISECONDS = 100_000_000_000
"""As seconds, this is the year 5138."""


def find_value_problem(text: str, kind: Kind) -> str | None:
    """What is wrong with what a parameter is set to; None where nothing is."""
    try:
        _parse(text, kind)
    except ValueError as error:
        return str(error)
    return None


def compile_parameter(name: str, text: str, kind: Kind, variables: Mapping[str, str]) -> ReadValue:
    """Raises ValueError for what `find_value_problem` finds."""
    parsed = _parse(text, kind)
    if isinstance(parsed, dict):
        return _map_reader(parsed, variables)
    read = compile_value(parsed, variables)
    convert = _CONVERSIONS.get(kind)
    return read if convert is None else _converted(name, read, convert)


def _parse(text: str, kind: Kind) -> Value | dict[str, Any]:
    if kind is Kind.MAP:
        try:
            written = orjson.loads(text)
        except orjson.JSONDecodeError:
            pass  # a variable that holds all of it
        else:
            if not isinstance(written, dict):
                raise ValueError(f"{text!r} is not a JSON object")
            return {name: _parse_leaf(value) for name, value in written.items()}
    return parse_value(text, is_response=False)


def _parse_leaf(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _parse_leaf(item) for name, item in value.items()}
    return parse_value(value if isinstance(value, str) else orjson.dumps(value).decode(), is_response=False)


def _map_reader(parsed: dict[str, Any], variables: Mapping[str, str]) -> ReadValue:
    readers: dict[str, ReadValue] = {
        name: _map_reader(value, variables) if isinstance(value, dict) else compile_value(value, variables)
        for name, value in parsed.items()
    }

    def read(reading: Reading) -> dict[str, Any]:
        values = {name: read_member(reading) for name, read_member in readers.items()}
        return {name: value for name, value in values.items() if value is not None}

    return read


def _converted(name: str, read: Read, convert: Callable[[str], Any]) -> ReadValue:
    def read_converted(reading: Reading) -> Any:
        text = read(reading)
        if text is None:
            return None
        try:
            return convert(text)
        except ValueError as error:
            raise GatewayError(BAD_REQUEST, f"{name}: {error}") from None

    return read_converted


def _read_time(text: str) -> float | int:
    if _NUMBER.fullmatch(text):
        number = float(text) if "." in text else int(text)
        return number / 1000 if number >= _LEAST_MILLISECONDS else number
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _read_list(text: str) -> list[str]:
    if text.lstrip().startswith("["):
        try:
            items = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise ValueError("it is not a JSON array") from None
        return [item if isinstance(item, str) else orjson.dumps(item).decode() for item in items]
    return [item.strip() for item in text.split(",") if item.strip()]


def _read_map(text: str) -> dict[str, Any]:
    try:
        members = orjson.loads(text)
    except orjson.JSONDecodeError:
        members = None
    if not isinstance(members, dict) or not all(isinstance(member, dict) for member in members.values()):
        raise ValueError("it is not a JSON object of objects")
    return members


_CONVERSIONS: dict[Kind, Callable[[str], Any]] = {Kind.TIME: _read_time, Kind.LIST: _read_list, Kind.MAP: _read_map}
