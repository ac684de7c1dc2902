"""What mappings, URIs and integration responses of REST APIs compile to."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from limen.integrations.rest.expressions import Expression
from limen.integrations.rest.reading import Read
from limen.integrations.rest.templates import ResponseTemplates
from limen.upstream.origin import Origin
from limen.wire import Header


class Entry(Struct, frozen=True):
    """One mapping. `source` and `target` are as configured, for whoever asks what was mapped."""

    name: str
    read: Read
    expression: Expression
    source: str
    target: str
    is_illegal: bool = False
    constant: Header | None = None
    """Of a header whose value no message decides."""


class RequestMapping(Struct, frozen=True):
    headers: tuple[Entry, ...] = ()
    query: tuple[Entry, ...] = ()
    path: Mapping[str, Entry] = {}
    """By the name of the placeholder."""
    vouched_headers: frozenset[bytes] = frozenset()
    """Lower-cased names, `_` read as `-`, of headers that say what `$context` says: a client's are never passed on."""
    vouched_query: frozenset[str] = frozenset()
    """The same of parameters."""


class Parts(Struct, frozen=True):
    """Constants and the names between them: one constant more than there are names."""

    constants: tuple[bytes, ...]
    names: tuple[str, ...] = ()


class Uri(Struct, frozen=True):
    origin: Origin
    host: bytes
    """The value of the Host header."""
    path: Parts
    query: Parts
    text: str
    """With its placeholders, for logs."""


class IntegrationResponse(Struct, frozen=True):
    """`pattern` is empty for the default; `is_declared` where the method has a response of this status."""

    status: int
    pattern: str
    compiled: Any
    """Java's words, run by RE2; None for the default."""
    headers: tuple[Entry, ...]
    constant_headers: tuple[Header, ...] | None
    """All headers where none of them depends on a message, Content-Type among them."""
    templates: ResponseTemplates
    content_handling: str | None
    is_declared: bool
