"""Walks a document by the table of keywords: one finding for each property that it has."""

from typing import Any

from msgspec import Struct

from limen.control.openapi.keyword import Keyword, Kind, Notice, Place, Verdict, refused
from limen.control.openapi.keywords import ROOT
from limen.control.openapi.source import Pointer


class Finding(Struct, frozen=True):
    """A property of a document, as the table judges it."""

    pointer: Pointer
    verdict: Verdict

    @property
    def property(self) -> str:
        return self.pointer[-1]


def inspect(document: dict[str, Any], root: Kind = ROOT) -> list[Finding]:
    """Every property that the table knows of or should know of, in the order of the document; `root`: its type."""
    findings: list[Finding] = []
    _inspect_object(root, document, (), document, findings)
    return findings


def _inspect_object(
    kind: Kind, owner: Any, pointer: Pointer, document: dict[str, Any], findings: list[Finding]
) -> None:
    if not isinstance(owner, dict):
        findings.append(Finding(pointer, _wrong_type("object")))
        return
    place = Place(owner, document)
    for name, value in owner.items():
        keyword = kind.find(name)
        here = (*pointer, name)
        if keyword.verdict is None:
            _inspect_contents(keyword, value, here, document, findings)
        else:
            verdict = keyword.verdict if isinstance(keyword.verdict, Verdict) else keyword.verdict(value, place)
            findings.append(Finding(here, verdict))


def _inspect_contents(
    keyword: Keyword, value: Any, pointer: Pointer, document: dict[str, Any], findings: list[Finding]
) -> None:
    assert keyword.kind is not None
    if keyword.shape == "object":
        _inspect_object(keyword.kind, value, pointer, document, findings)
    elif keyword.shape == "map" and isinstance(value, dict):
        for name, item in value.items():
            _inspect_object(keyword.kind, item, (*pointer, name), document, findings)
    elif keyword.shape == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            _inspect_object(keyword.kind, item, (*pointer, str(index)), document, findings)
    else:
        findings.append(Finding(pointer, _wrong_type("object" if keyword.shape == "map" else "array")))


def _wrong_type(expected: str) -> Verdict:
    return refused(f"must be of type {expected}", Notice.WARNING)


def wrong_version(document: dict[str, Any]) -> str | None:
    """Why the document is not OpenAPI 3.0, or None."""
    if "swagger" in document:
        return f"HTTP APIs support only the OpenAPI 3.0 specification, not Swagger {document['swagger']}."
    version = document.get("openapi")
    if version is None:
        return "The property openapi is missing. HTTP APIs support only the OpenAPI 3.0 specification."
    if str(version) == "3.0" or str(version).startswith("3.0."):
        return None
    return f"HTTP APIs support only the OpenAPI 3.0 specification, not {version}."
