"""One request and its response on its way through the gateway."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from limen.gateway.ids import next_request_id
from limen.wire import Header, Headers, find_header

if TYPE_CHECKING:
    from limen.gateway.body_stream import BodyStream
    from limen.gateway.caller import Caller
    from limen.gateway.client_certificate import ClientCertificate
    from limen.gateway.domain_match import DomainMatch
    from limen.gateway.key_use import ApiKeyUse
    from limen.gateway.overrides import Overrides
    from limen.gateway.request_view import RequestView
    from limen.gateway.route_plan import RoutePlan, Step
    from limen.gateway.stage_plan import StagePlan
    from limen.gateway.trace import Trace


class Client:
    """The connection that a request came over; one object for all its exchanges.

    Behind a trusted proxy one for each client of the proxy: `source_ip` is then the client's, the rest the proxy's.
    """

    __slots__ = (
        "behind",
        "certificate",
        "cipher",
        "is_proxy",
        "port",
        "server_ip",
        "server_port",
        "shown",
        "sni",
        "source_ip",
        "tls_version",
        "trusted_by",
        "trusted_until",
    )

    def __init__(
        self,
        source_ip: str,
        port: int,
        server_port: int,
        *,
        server_ip: str = "",
        sni: str = "",
        tls_version: str = "",
        cipher: str = "",
        is_proxy: bool = False,
        certificate: bytes = b"",
    ) -> None:
        self.source_ip = source_ip
        self.port = port
        self.server_ip = server_ip
        """The gateway's address on this connection; empty where it is not known."""
        self.server_port = server_port
        self.sni = sni
        self.tls_version = tls_version
        self.cipher = cipher
        self.is_proxy = is_proxy
        """Whether it is a proxy whose X-Forwarded-For is trusted."""
        self.certificate = certificate
        """What the client showed in the handshake and proved to hold the key of (DER); nobody has asked whether it is
        trusted. Empty where it showed none, or was not asked."""
        self.shown: ClientCertificate | None = None
        """The same to be read; set by the first request on a domain name with mutual TLS."""
        self.trusted_by: object | None = None
        """The truststore that let it in last: requests of a connection are verified once."""
        self.trusted_until = 0.0
        """Seconds since 1970."""
        self.behind: Client | None = None
        """Whom the proxy called for last."""

    def called_from(self, source_ip: str) -> "Client":
        """The same connection, for a client behind the proxy at its other end."""
        client = Client(
            source_ip,
            self.port,
            self.server_port,
            server_ip=self.server_ip,
            sni=self.sni,
            tls_version=self.tls_version,
            cipher=self.cipher,
            certificate=self.certificate,
        )
        client.shown, client.trusted_by, client.trusted_until = self.shown, self.trusted_by, self.trusted_until
        return client


class FixedHeaders:
    """Headers that many responses begin with, so that they are rendered once; the downstream fills in the rest."""

    __slots__ = ("headers", "rendered")

    def __init__(self, headers: tuple[Header, ...]) -> None:
        self.headers = headers
        self.rendered: bytes | None = None
        """As lines of HTTP/1.1."""


class Response:
    """What the client is answered; framing headers are the downstream's business and are not in `headers`.

    With a `stream` the body comes from there piece by piece, and `body` is not looked at. `fixed`: what `headers`
    begins with; where a step has changed that since, it is not looked at.
    """

    __slots__ = ("body", "fixed", "headers", "status", "stream")

    def __init__(
        self,
        status: int,
        headers: list[Header],
        body: bytes = b"",
        stream: "BodyStream | None" = None,
        fixed: FixedHeaders | None = None,
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.stream = stream
        self.fixed = fixed


class Reply(Protocol):
    """The downstream's end of an exchange."""

    def send(self, exchange: "Exchange") -> None:
        """Writes `exchange.response`; called once, never raises, does nothing when the client has gone.

        Of a streamed response it writes the head and attaches itself, or closes the stream.
        """


class Exchange:
    """Slots are set by whoever learns the value; reading one before its step has run raises AttributeError.

    Set by downstream: method (b"GET"), sent_method (the same, whatever X-HTTP-Method-Override makes of method), target
    (as sent, origin form), path (target up to the `?`, as sent), query (after the `?`, as sent), headers, body,
    protocol ("HTTP/1.1" or "HTTP/2.0"), client, reply, started (monotonic seconds at the first byte), host (value of
    Host or :authority, as sent, b"" where missing), head_size (bytes of request line and headers), is_too_large (the
    body is over the limit and was not taken).
    Set by routing: stage (a StagePlan), route_path (path below the stage or, on a custom domain name, below what led to
    it, as sent), path_parameters (decoded text), plan (a RoutePlan), domain (how it came there on a custom domain name;
    None on any other host); on a bare host, routing takes `/_api/{api}` and a `$default` behind it out of path.
    Set by integrations: integration_status, integration_latency (seconds), integration_error, endpoint_request_id (what
    an AWS service calls the request, b"" where it was not asked), function_status (what a function behind a proxy
    integration says is the status; None where there is none); of a streamed response also time_to_all_headers,
    time_to_first_content (seconds from the request to the backend; None where not reached).
    Set by authorizers: caller (None: nobody was asked who it is), authorizer_latency (seconds; None: none ran),
    authorizer_status, authorizer_error, authorizer_integration_status and authorizer_request_id (of the function that
    was asked; None and "" where none was).
    Set by usage plans: key_use (None: no key is required, or none has been found yet).
    Of REST APIs only: request_uuid ("" until somebody asks), view, overrides (None until somebody asks), trace_id
    (the value of X-Amzn-Trace-Id, b"" until a backend is called), trace (None where nobody looks), flight (of the cache
    of responses: what this exchange asks the backend for others too; None where it asks for itself).
    """

    __slots__ = (
        "authorizer_error",
        "authorizer_integration_status",
        "authorizer_latency",
        "authorizer_request_id",
        "authorizer_status",
        "body",
        "caller",
        "client",
        "domain",
        "endpoint_request_id",
        "failure",
        "flight",
        "function_status",
        "head_size",
        "headers",
        "host",
        "integration_error",
        "integration_latency",
        "integration_status",
        "is_too_large",
        "key_use",
        "method",
        "overrides",
        "path",
        "path_parameters",
        "plan",
        "protocol",
        "query",
        "reply",
        "request_id",
        "request_uuid",
        "response",
        "response_length",
        "route_path",
        "sent_method",
        "stage",
        "started",
        "started_at",
        "steps",
        "target",
        "time_to_all_headers",
        "time_to_first_content",
        "trace",
        "trace_id",
        "view",
    )

    def __init__(
        self,
        method: bytes,
        target: bytes,
        headers: Headers,
        body: bytes,
        host: bytes,
        protocol: str,
        client: Client,
        reply: Reply,
        started: float,
        head_size: int = 0,
    ) -> None:
        self.method = method
        self.sent_method = method
        self.target = target
        self.path, _, self.query = target.partition(b"?")
        self.headers = headers
        self.body = body
        self.host = host
        self.protocol = protocol
        self.client = client
        self.reply = reply
        self.started = started
        self.head_size = head_size
        self.is_too_large = False
        self.started_at = time.time()
        self.request_id: bytes = next_request_id()
        self.response: Response | None = None
        self.failure: Any = None
        """The GatewayError that ended the exchange, or None."""
        self.caller: Caller | None = None
        self.domain: DomainMatch | None = None
        self.key_use: ApiKeyUse | None = None
        self.authorizer_latency: float | None = None
        self.authorizer_status: int | None = None
        self.authorizer_integration_status: int | None = None
        self.authorizer_error: str | None = None
        self.authorizer_request_id = ""
        self.integration_status: int | None = None
        self.integration_latency: float | None = None
        self.integration_error: str | None = None
        self.endpoint_request_id = b""
        self.function_status: int | None = None
        self.time_to_all_headers: float | None = None
        self.time_to_first_content: float | None = None
        self.request_uuid = ""
        self.trace_id = b""
        self.view: RequestView | None = None
        self.overrides: Overrides | None = None
        self.trace: Trace | None = None
        self.flight: Any = None
        self.response_length: int
        """Bytes of body sent; set by the reply, and counted on by it while a streamed body passes."""
        self.steps: Iterator[Step]
        self.plan: RoutePlan
        self.stage: StagePlan
        self.route_path: bytes
        self.path_parameters: dict[str, str]

    def find_header(self, lower: bytes) -> bytes | None:
        return find_header(self.headers, lower)
