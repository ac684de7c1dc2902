"""The server's side of TLS: what is offered to clients, and quiet about those who fail to agree."""

import asyncio
import logging
import ssl
import traceback
from pathlib import Path
from typing import Any

log = logging.getLogger("limen.downstream")

ALPN = ["h2", "http/1.1"]
_CIPHERS_OF_TLS_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Forward secrecy and authenticated encryption only; those of TLS 1.3 are all of that kind."""


def server_context(certificate: Path, key: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 and 1.3, HTTP/2 preferred, session tickets on; `key` is None where it is in the certificate's file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS_OF_TLS_1_2)
    context.set_alpn_protocols(ALPN)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE  # all are strong; a phone without AES in hardware knows best
    context.options &= ~ssl.OP_NO_TICKET
    context.num_tickets = 1
    context.load_cert_chain(certificate, key)
    return context


def quiet_handshake_errors(loop: asyncio.AbstractEventLoop) -> None:
    """Keeps what a client does to its own connection out of the error log; all else is logged as before.

    The traceback is made here: with aiofastnet 1.2.0 that of a failed handshake makes `logging` fail itself.
    """
    loop.set_exception_handler(_log_exception)


def _log_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    message = context.get("message", "")
    if isinstance(error, (OSError, asyncio.TimeoutError)) or (isinstance(error, type) and issubclass(error, OSError)):
        log.debug("connection failed: %s: %r", message, error)
        return
    try:
        text = "".join(traceback.format_exception(error)) if isinstance(error, BaseException) else ""
    except Exception as failed:
        text = f"{error!r} (its traceback is not printable: {failed!r})"
    log.error("%s\n%s", message, text)
