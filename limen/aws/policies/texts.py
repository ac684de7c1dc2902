"""Elements of policies that are one text or a list of them."""

from typing import Any

from limen.aws.policies.errors import NotUnderstoodError


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def as_texts(value: Any) -> list[str]:
    """Booleans and numbers may stand for their texts. Raises NotUnderstoodError."""
    listed = [str(item).lower() if isinstance(item, bool) else item for item in as_list(value)]
    if not all(isinstance(item, str | int | float) for item in listed):
        raise NotUnderstoodError("a value that is no text")
    return [str(item) for item in listed]
