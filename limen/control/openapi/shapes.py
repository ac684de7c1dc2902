"""Looks into a document whose shapes nobody has checked, and says where something stands."""

from typing import Any

from msgspec import Struct

from limen.control.openapi.source import Pointer


class Message(Struct, frozen=True):
    """What the importer has to say of one place of the document."""

    text: str
    pointer: Pointer
    is_loss: bool = False  # something that the document asks for is not made


def location(pointer: Pointer) -> str:
    """A pointer in the words of AWS's messages: paths.'/pets'(get).responses."""
    if len(pointer) >= 3 and pointer[0] == "paths":
        return ".".join([f"paths.'{pointer[1]}'({pointer[2]})", *pointer[3:]])
    if len(pointer) == 2 and pointer[0] == "paths":
        return f"paths.'{pointer[1]}'"
    return ".".join(pointer)


def member(owner: Any, name: str) -> dict[str, Any]:
    """The object under `name`, or an empty one where there is none: its type is reported by the table."""
    value = owner.get(name) if isinstance(owner, dict) else None
    return value if isinstance(value, dict) else {}


def items(owner: Any, name: str) -> list[Any]:
    """The list under `name`, or an empty one."""
    value = owner.get(name) if isinstance(owner, dict) else None
    return value if isinstance(value, list) else []


def listed(heading: str, messages: list[Message]) -> str:
    """Messages as AWS puts them into one error."""
    return "\n\t".join([heading, *(message.text for message in messages)])
