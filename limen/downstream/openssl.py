"""What Python's `ssl` does not reach of an `SSL_CTX`: the functions of the OpenSSL that it uses, called by ctypes.

Only where that is sure to be the same library: functions are looked up through the module `_ssl`, which finds them in
what it was itself linked with, and the version must agree. `SSLContext` keeps its `SSL_CTX` first behind the head of
the object (CPython issue 87902 asks for a way to get at it; aiofastnet reads it there too); that is tried out before
anything is changed. Where OpenSSL is built into Python, as in uv's, there is no way.
"""

import _ssl
import ctypes
import logging
import ssl
import sys
from functools import cache

log = logging.getLogger("limen.downstream")

_SSL_VERIFY_PEER = 1
_SSL_SESS_CACHE_OFF = 0
_SSL_CTRL_SET_SESS_CACHE_MODE = 44
_SSL_CTRL_SET_MAX_CERT_LIST = 51

_PURPOSE = ctypes.c_char_p(b"ssl_client")
"""Read by OpenSSL in each handshake that shows a certificate: it must live as long as the process."""

_PROBE_TICKETS = 23


@cache
def find_openssl() -> "OpenSsl | None":
    """None where Python's OpenSSL cannot be called."""
    file = getattr(_ssl, "__file__", None)
    if file is None or sys.implementation.name != "cpython":
        return None
    try:
        found = OpenSsl(ctypes.CDLL(file))
    except (OSError, AttributeError) as error:
        log.debug("OpenSSL cannot be called: %s", error)
        return None
    return found if found.is_that_of_python() else None


class OpenSsl:
    """Functions of OpenSSL 1.1.1 and later, on contexts that nobody else uses yet."""

    def __init__(self, library: ctypes.CDLL) -> None:
        """Raises AttributeError where a function is missing."""
        pointer, number = ctypes.c_void_p, ctypes.c_int
        self._version = _declare(library.OpenSSL_version, ctypes.c_char_p, number)
        self._num_tickets = _declare(library.SSL_CTX_get_num_tickets, ctypes.c_size_t, pointer)
        self._set_verify = _declare(library.SSL_CTX_set_verify, None, pointer, number, pointer)
        self._set_verifier = _declare(library.SSL_CTX_set_cert_verify_callback, None, pointer, pointer, pointer)
        self._set_suites = _declare(library.SSL_CTX_set_ciphersuites, number, pointer, ctypes.c_char_p)
        self._control = _declare(library.SSL_CTX_ctrl, ctypes.c_long, pointer, number, ctypes.c_long, pointer)
        self._new_verification = _declare(library.X509_STORE_CTX_new, pointer)
        self._begin_verification = _declare(library.X509_STORE_CTX_init, number, pointer, pointer, pointer, pointer)
        self._free_verification = _declare(library.X509_STORE_CTX_free, None, pointer)
        self._set_default = _declare(library.X509_STORE_CTX_set_default, number, pointer, ctypes.c_char_p)

    def is_that_of_python(self) -> bool:
        """Whether contexts are found where they are looked for, and what accepts certificates does."""
        if self._version(0).decode("latin-1") != ssl.OPENSSL_VERSION:
            return False
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.num_tickets = _PROBE_TICKETS
        return bool(self._num_tickets(_pointer(context)) == _PROBE_TICKETS) and self._accepts()

    def _accepts(self) -> bool:
        verification = self._new_verification()
        try:
            return bool(self._begin_verification(verification, None, None, None)) and (
                self._set_default(verification, _PURPOSE.value) == 1
            )
        finally:
            self._free_verification(verification)

    def ask_for_any_certificate(self, context: ssl.SSLContext, most_bytes: int) -> None:
        """Clients are asked for a certificate, and any is taken, or none; that they hold its key, TLS proves.

        OpenSSL calls `int (*)(X509_STORE_CTX *, void *)` in place of verifying, and takes 1 for "verified". No Python
        stands there, which could raise, or be collected, or run while a thread waits: it is OpenSSL's own
        `X509_STORE_CTX_set_default(verification, "ssl_client")`, which libssl has called a few lines before with just
        these arguments. To do it again changes nothing and answers 1. `most_bytes`: of a client's whole chain.
        """
        context_pointer = _pointer(context)
        self._set_verifier(context_pointer, ctypes.cast(self._set_default, ctypes.c_void_p), _PURPOSE)
        self._set_verify(context_pointer, _SSL_VERIFY_PEER, None)
        self._control(context_pointer, _SSL_CTRL_SET_MAX_CERT_LIST, most_bytes, None)

    def keep_no_sessions(self, context: ssl.SSLContext) -> None:
        """Of TLS 1.2, where the server remembers a session by an id when there are no tickets."""
        self._control(_pointer(context), _SSL_CTRL_SET_SESS_CACHE_MODE, _SSL_SESS_CACHE_OFF, None)

    def limit_suites(self, context: ssl.SSLContext, suites: str) -> bool:
        """The suites of TLS 1.3; whether it succeeded."""
        return bool(self._set_suites(_pointer(context), suites.encode()) == 1)


def _pointer(context: ssl.SSLContext) -> int:
    """The `SSL_CTX *` behind the head of the object, whatever the head's size is in this build of Python."""
    return ctypes.c_void_p.from_address(id(context) + object.__basicsize__).value or 0


def _declare(function: "ctypes._NamedFuncPointer", result: type | None, *arguments: type) -> "ctypes._NamedFuncPointer":
    function.restype = result
    function.argtypes = arguments
    return function
