"""The server's side of TLS: what is offered to clients, and quiet about those who fail to agree."""

import asyncio
import logging
import ssl
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limen.downstream.security_policies import STANDARD, SecurityPolicy

if TYPE_CHECKING:
    from limen.downstream.openssl import OpenSsl

log = logging.getLogger("limen.downstream")

ALPN = ["h2", "http/1.1"]


def server_context(certificate: Path, key: Path | None = None) -> ssl.SSLContext:
    """For all names that have none of their own; `key` is None where it is in the certificate's file."""
    context = bare_context(STANDARD)
    context.load_cert_chain(certificate, key)
    return context


def bare_context(policy: SecurityPolicy, kind: type[ssl.SSLContext] = ssl.SSLContext) -> ssl.SSLContext:
    """HTTP/2 preferred, session tickets on; it has no certificate yet."""
    context = kind(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = policy.version
    context.set_ciphers(policy.ciphers)
    context.set_alpn_protocols(ALPN)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE  # all are strong; a phone without AES in hardware knows best
    context.options &= ~ssl.OP_NO_TICKET
    context.num_tickets = 1
    if policy.suites:
        _limit_suites(context, policy.suites)
    return context


def _limit_suites(context: ssl.SSLContext, suites: str) -> None:
    openssl = usable_openssl()
    if openssl is None or not openssl.limit_suites(context, suites):
        log.warning("this Python cannot leave out suites of TLS 1.3: ChaCha20 is used where a client has no AES-256")
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE  # which has AES-256 first


def usable_openssl() -> "OpenSsl | None":
    """None where what `ssl` leaves out cannot be done; loaded by the first domain name that needs it (0.4 MB)."""
    from limen.downstream.openssl import find_openssl

    return find_openssl()


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
