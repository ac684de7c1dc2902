"""JSON that can be read in one way only: what two readers could take for different things is refused."""

import json
from typing import Any

import orjson


def read_object(text: bytes) -> dict[str, Any]:
    """An object of JSON in UTF-8. Raises ValueError: for a name given twice at any depth, and for NaN or Infinity too.

    Measured for 1 KB of claims: 3 us for orjson, which refuses all else, 9 us for the standard library, which alone
    tells of repeated names.
    """
    value = orjson.loads(text)
    if type(value) is not dict:
        raise ValueError("not an object")
    try:
        _look_for_duplicates(text.decode())
    except RecursionError:
        raise ValueError("nested too deep") from None
    return value


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name is given twice")


def _skip(_: str) -> None:
    """Numbers were read already; the standard library would take its time for long ones."""


_look_for_duplicates = json.JSONDecoder(
    object_pairs_hook=_refuse_duplicates, parse_int=_skip, parse_float=_skip, parse_constant=_skip
).decode
