"""Server names with certificates of their own, and clients that ask for them over real TLS sockets."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509

from limen.downstream.server_contexts import ServerContexts, ServerName
from tests.downstream.serving import Answers, Served
from tests.support.client_certificates import SERVER, Party, Wish, make

GET = b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"


def server_party(name: str) -> Party:
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    return make(name, None, Wish(is_authority=False, uses=(SERVER,), extensions=((names, False),)))


def server_name(name: str, party: Party | None = None, **changes: Any) -> ServerName:
    """One with a certificate that it signed itself."""
    party = party or server_party(name)
    return ServerName(name, party.pem, party.key_pem, **changes)


def contexts_of(*entries: ServerName, default: Path = Path("/nowhere/server.pem"), **settings: Any) -> ServerContexts:
    contexts = ServerContexts(default, **settings)
    contexts.apply(entries, [], is_whole=True)
    return contexts


def default_of(certificates: Path) -> bytes:
    """The certificate of names without their own."""
    text = (certificates / "server.pem").read_text()
    end = "-----END CERTIFICATE-----\n"
    return ssl.PEM_cert_to_DER_cert(text[text.index("-----BEGIN CERT") :].partition(end)[0] + end)


def certificate_of(entry: ServerName) -> bytes:
    return ssl.PEM_cert_to_DER_cert(entry.chain)


@dataclass
class Seen:
    certificate: bytes
    """The server's."""
    version: str
    cipher: str
    exchange: Any
    """What the server saw."""
    session: ssl.SSLSession
    is_resumed: bool


def client_context(**settings: Any) -> ssl.SSLContext:
    """Trusts whomever it meets; `settings`: attributes, such as `maximum_version`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, value in settings.items():
        setattr(context, name, value)
    return context


def visit(
    served: Served,
    name: str | None,
    context: ssl.SSLContext | None = None,
    session: ssl.SSLSession | None = None,
) -> Seen:
    """Shakes hands and asks once. Raises OSError where the server has none of it."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as plain:
        sock = (context or client_context()).wrap_socket(plain, server_hostname=name, session=session)
        sock.sendall(GET)
        exchange = Answers(sock).next().json()
        certificate = sock.getpeercert(binary_form=True)
        cipher = sock.cipher()
        assert certificate is not None
        assert cipher is not None
        assert sock.session is not None
        return Seen(certificate, sock.version() or "", cipher[0], exchange, sock.session, bool(sock.session_reused))
