"""CORS of HTTP APIs: the gateway answers preflights and decides alone which CORS headers a response has.

Off where an API has no configuration. Where it has one, what a backend says about CORS is ignored (developer guide,
"Configuring CORS for an HTTP API").
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.route_plan import FailureResponse, Step
from limen.wire import Header, header

# --- what is configured


class CorsSettings(Struct, frozen=True, rename="camel"):
    """`corsConfiguration` of an API; None and an empty list mean that the header is not sent."""

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age: int | None = None
    allow_credentials: bool = False


# --- what it becomes


def compile_preflight(settings: CorsSettings | None) -> Step | None:
    """A step that answers preflights, whatever the route; what else there is goes on."""
    if settings is None:
        return None

    def answer_preflight(exchange: Exchange) -> None:
        if _is_preflight(exchange):
            exchange.response = Response(204, [])

    return answer_preflight


def compile_cors_headers(settings: CorsSettings | None) -> Step | None:
    """An outbound step that replaces the backend's CORS headers by the configured ones."""
    if settings is None:
        return None
    headers_for = _compile_headers_for(settings)

    def replace_cors_headers(exchange: Exchange) -> None:
        response = exchange.response
        if response is not None:
            own = [field for field in response.headers if not field[0].startswith(b"access-control-")]
            own.extend(headers_for(exchange))
            response.headers = own

    return replace_cors_headers


def compile_failures(settings: CorsSettings | None, answer: FailureResponse) -> FailureResponse:
    """The gateway's own answers, with the CORS headers that let a page read why its call failed."""
    if settings is None:
        return answer
    headers_for = _compile_headers_for(settings)

    def answer_with_cors_headers(exchange: Exchange, error: GatewayError) -> Response:
        response = answer(exchange, error)
        response.headers.extend(headers_for(exchange))
        return response

    return answer_with_cors_headers


_HeadersFor: TypeAlias = Callable[[Exchange], Sequence[Header]]


def _compile_headers_for(settings: CorsSettings) -> _HeadersFor:
    allow = _compile_origins(settings)
    on_preflight = _preflight_headers(settings)
    on_others = _exposing_headers(settings)
    refused: list[Header] = [] if "*" in settings.allow_origins else [_VARY]

    def headers_for(exchange: Exchange) -> Sequence[Header]:
        origin = exchange.find_header(b"origin")
        if origin is None:
            return ()
        allowed = allow(origin)
        if allowed is None:
            return refused
        return allowed + (on_preflight if _is_preflight(exchange) else on_others)

    return headers_for


def _compile_origins(settings: CorsSettings) -> Callable[[bytes], list[Header] | None]:
    """What an origin is told; None where it is not allowed. `https://*` stands for every origin of that scheme."""
    if "*" in settings.allow_origins:
        everyone = [header(b"Access-Control-Allow-Origin", b"*")]
        return lambda _: everyone
    origins = [origin.lower().encode() for origin in settings.allow_origins]
    schemes = tuple(origin.removesuffix(b"*") for origin in origins if origin in (b"http://*", b"https://*"))
    exact = frozenset(origins)

    def allow(origin: bytes) -> list[Header] | None:
        lower = origin.lower()
        if lower in exact or (schemes and lower.startswith(schemes)):
            return [(b"access-control-allow-origin", b"Access-Control-Allow-Origin", origin), _VARY]
        return None

    return allow


def _preflight_headers(settings: CorsSettings) -> list[Header]:
    headers = []
    if settings.allow_methods:
        headers.append(header(b"Access-Control-Allow-Methods", _join(settings.allow_methods)))
    if settings.allow_headers:
        headers.append(header(b"Access-Control-Allow-Headers", _join(settings.allow_headers)))
    if settings.max_age is not None:
        headers.append(header(b"Access-Control-Max-Age", str(settings.max_age).encode()))
    return headers + _credentials(settings)


def _exposing_headers(settings: CorsSettings) -> list[Header]:
    headers = []
    if settings.expose_headers:
        headers.append(header(b"Access-Control-Expose-Headers", _join(settings.expose_headers)))
    return headers + _credentials(settings)


def _credentials(settings: CorsSettings) -> list[Header]:
    return [header(b"Access-Control-Allow-Credentials", b"true")] if settings.allow_credentials else []


def _join(values: tuple[str, ...]) -> bytes:
    return ",".join(values).encode()


# --- what it does

_VARY = header(b"Vary", b"Origin")


def _is_preflight(exchange: Exchange) -> bool:
    return (
        exchange.method == b"OPTIONS"
        and exchange.find_header(b"origin") is not None
        and exchange.find_header(b"access-control-request-method") is not None
    )
