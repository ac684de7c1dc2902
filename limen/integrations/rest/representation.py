"""What of a request decides in which form one and the same response is sent, beside what its backend makes of it.

That is the Accept header, where a body may be bytes or base64, and where a response has templates for several types.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from limen.gateway.exchange import Exchange
from limen.integrations.rest.content import BinaryTypes, media_type_of
from limen.wire import find_header

Represent: TypeAlias = Callable[[Exchange], Any]


def compile_representation(method: Mapping[str, Any], binary_media_types: tuple[str, ...]) -> Represent | None:
    """None where there is one form for all clients."""
    types = _template_types(method.get("methodIntegration") or {})
    binary = BinaryTypes(binary_media_types)
    has_binary = not binary.are_none and not binary.are_all
    if not has_binary and not types:
        return None

    def represent(exchange: Exchange) -> Any:
        accept = find_header(exchange.headers, b"accept")
        media_type = media_type_of(accept) if types and accept is not None else None
        return (binary.has(accept), media_type if media_type in types else None)

    return represent


def _template_types(integration: Mapping[str, Any]) -> frozenset[bytes]:
    """Of the responses that have a choice."""
    found: set[bytes] = set()
    if integration.get("type") in ("AWS", "HTTP", "MOCK"):
        for response in (integration.get("integrationResponses") or {}).values():
            templates = response.get("responseTemplates") or {}
            if len(templates) > 1:
                found.update(media_type_of(name.encode()) for name in templates)
    return frozenset(found)
