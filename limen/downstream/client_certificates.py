"""TLS contexts that ask clients for a certificate (mutual TLS of custom domain names).

API Gateway lets every client shake hands and answers whom it does not trust over HTTP: 403, with the reason in the
logs. So any certificate is taken here, or none; whoever shows one proves in the handshake to hold its key, and whether
it is trusted is asked for each request, by what the connection showed. Where OpenSSL cannot be told to take any, it
verifies by the truststore itself, and who is not trusted fails in the handshake: less is told, nobody more gets in.

No names of authorities are sent with the request for a certificate. A client that gets such a list keeps to itself
what does not lead there, so that the logs could not tell who came; and strangers need not know whom one trusts.

Sessions are not resumed: each connection proves anew who it is. (Where OpenSSL verifies, those of TLS 1.2 are, by an id
that `ssl` cannot turn off: by whoever has the session's secret, which the same proof gave.)
"""

import logging
import ssl
from typing import TYPE_CHECKING

from limen.downstream.security_policies import SecurityPolicy
from limen.downstream.tls import bare_context

if TYPE_CHECKING:
    from limen.downstream.openssl import OpenSsl

log = logging.getLogger("limen.downstream")

MOST_BYTES_OF_A_CHAIN = 32_768
"""OpenSSL's own 100 KB could be held by each connection of a stranger."""


class _UndecodedPeer(ssl.SSLObject):
    """Gives a client's certificate as it is, for transports other than that of aiofastnet."""

    def getpeercert(self, binary_form: bool = False) -> bytes | None:  # type: ignore[override]
        return super().getpeercert(True) if binary_form else None


class _AskingContext(ssl.SSLContext):
    """One whose connections are not asked to decode what clients show.

    Every transport does that, for `peercert`, which nobody reads here; where a stranger's certificate cannot be
    decoded, it ends the connection and logs a traceback. That of aiofastnet 1.2.0 does so unless `verify_mode` tells
    that no certificate is asked for, by way of a file in /tmp.
    """

    sslobject_class = _UndecodedPeer

    @property
    def verify_mode(self) -> ssl.VerifyMode:  # type: ignore[override]
        return ssl.CERT_NONE


def asking_context(policy: SecurityPolicy, truststore: str, openssl: "OpenSsl | None") -> ssl.SSLContext:
    """`truststore`: certificates as PEM, for where there is no `openssl` to take all. Raises OSError or ValueError."""
    if openssl is None:
        log.warning("this Python's OpenSSL can only verify: clients that are not trusted fail in the handshake")
        context = bare_context(policy)
        context.load_verify_locations(cadata=truststore.encode("ascii", "ignore").decode())  # not what stands between
        context.verify_mode = ssl.CERT_OPTIONAL
    else:
        context = bare_context(policy, _AskingContext)
        openssl.ask_for_any_certificate(context, MOST_BYTES_OF_A_CHAIN)
        openssl.keep_no_sessions(context)
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    return context
