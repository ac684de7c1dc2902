"""The words of the table: what a property of a document becomes, and whether it is enforced, stored or refused."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct


class Classification(StrEnum):
    ENFORCED = "enforced"
    STORED = "stored"  # accepted, but nothing is done with it: the reason says so
    REFUSED = "refused"


class Notice(StrEnum):
    """How ImportApi reports a property that it leaves out."""

    INFO = "importInfo"  # valid OpenAPI that HTTP APIs do not support
    WARNING = "warnings"  # not valid, but the rest can be imported


class Verdict(Struct, frozen=True):
    classification: Classification
    reason: str = ""
    is_security: bool = False  # what is only stored would leave a request unchecked: files are refused
    notice: Notice | None = None
    is_rest: bool = False  # a document that has it describes a REST API


ENFORCED = Verdict(Classification.ENFORCED)


def stored(reason: str, *, is_security: bool = False, notice: Notice | None = None) -> Verdict:
    return Verdict(Classification.STORED, reason, is_security, notice)


def refused(reason: str, notice: Notice | None = None, *, is_rest: bool = False) -> Verdict:
    return Verdict(Classification.REFUSED, reason, notice=notice, is_rest=is_rest)


UNEXPECTED = stored("OpenAPI has no property of this name here", notice=Notice.WARNING)


class Place(Struct, frozen=True):
    """What a judge may look at: the object that has the property, and the whole document."""

    owner: dict[str, Any]
    document: dict[str, Any]


Judge = Callable[[Any, Place], Verdict]
Shape = Literal["object", "list", "map"]


class MismatchError(Exception):
    """A value is not of the type that its property must have."""

    def __init__(self, expected: str) -> None:
        super().__init__(f"is not of type `{expected}`")


class Keyword(Struct, frozen=True):
    """One property: its verdict, or, for a container, the kind of what it contains."""

    verdict: Verdict | Judge | None = None
    kind: "Kind | None" = None
    shape: Shape = "object"
    member: str | None = None  # the member of the AWS noun that it becomes
    read: Callable[[Any], Any] = lambda value: value


class Kind:
    """A sort of object in a document, with every property that it may have."""

    def __init__(
        self, name: str, keywords: dict[str, Keyword], find_other: Callable[[str], Keyword | None] | None = None
    ) -> None:
        self.name = name
        self._keywords = keywords
        self._find_other = find_other
        self.members = {keyword.member: name for name, keyword in keywords.items() if keyword.member}

    def find(self, name: str) -> Keyword:
        keyword = self._keywords.get(name)
        if keyword is None and self._find_other is not None:
            keyword = self._find_other(name)
        return keyword or _unknown(name)

    def read(self, value: dict[str, Any]) -> dict[str, Any]:
        """The members of the AWS noun that an object of this kind describes; raises MismatchError with the property."""
        members = {}
        for name, item in value.items():
            keyword = self._keywords.get(name)
            if keyword is None or keyword.member is None or item is None:
                continue
            try:
                members[keyword.member] = keyword.read(item)
            except MismatchError as error:
                raise ValueError(f"attribute {name} {error}") from None
        return members


def _unknown(name: str) -> Keyword:
    if name.startswith("x-amazon-apigateway-"):
        return Keyword(refused("Limen knows no extension of this name here", Notice.WARNING))
    if name.startswith("x-"):
        return Keyword(stored("an extension of another tool"))
    return Keyword(UNEXPECTED)


# How values are read. AWS takes a number where a text is due (payloadFormatVersion: 2.0) and the reverse.


def text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise MismatchError("string")


def upper_text(value: Any) -> str:
    return text(value).upper()


def integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return int(text(value))
    except ValueError:
        raise MismatchError("integer") from None


def boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise MismatchError("boolean")


def texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text(item) for item in value]
    raise MismatchError("array")


def comma_separated(value: Any) -> list[str]:
    items = texts(value) if isinstance(value, list) else text(value).split(",")
    return [item.strip() for item in items if item.strip()]


def text_map(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise MismatchError("object")
    return {key: text(item) for key, item in value.items()}


def text_map_map(value: Any) -> dict[str, dict[str, str]]:
    if not isinstance(value, dict):
        raise MismatchError("object")
    return {key: text_map(item) for key, item in value.items()}


def template_map(value: Any) -> dict[str, str]:
    """By media type; one that is null says nothing."""
    if not isinstance(value, dict):
        raise MismatchError("object")
    return text_map({key: item for key, item in value.items() if item is not None})


def any_object(value: Any) -> dict[str, Any]:
    """As it is: the importer looks into it."""
    if not isinstance(value, dict):
        raise MismatchError("object")
    return value
