"""Claims as API Gateway shows them to integrations, mappings and logs: texts, whatever they were in the token."""

import time
from collections.abc import Mapping
from typing import Any

import orjson

_DATES = ("exp", "iat")


def claims_of_token(claims: Mapping[str, Any]) -> dict[str, str]:
    """Of JWT authorizers: lists and objects in the notation of Go, as HTTP APIs show them (observed)."""
    return {name: value if isinstance(value, str) else _go_text(value) for name, value in claims.items()}


def claims_of_pool(claims: Mapping[str, Any]) -> dict[str, str]:
    """Of user pools behind REST APIs: lists joined by commas, times of issue and expiry as Java writes a date
    (observed)."""
    return {name: _java_date(value) if name in _DATES else _pool_text(value) for name, value in claims.items()}


def _go_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{' '.join(map(_go_text, value))}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{_go_text(value[name])}' for name in sorted(value))}]"
    return "<nil>" if value is None else _plain_text(value)


def _pool_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return ",".join(map(_pool_text, value))
    return orjson.dumps(value).decode() if isinstance(value, list | dict) or value is None else _plain_text(value)


def _java_date(value: Any) -> str:
    try:
        return time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime(value))
    except (TypeError, ValueError, OverflowError, OSError):
        return _pool_text(value)


def _plain_text(value: bool | int | float) -> str:
    """Whole numbers without a fraction, as far as they are exact."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        return str(int(value))
    return str(value)
