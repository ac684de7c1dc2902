"""TLS contexts by server name: each custom domain name has a certificate, a security policy, and may ask for more.

What is told is kept as text; a context of it is made when the first client asks for the name (0.6 ms and 50 KB), so
that a thousand names that nobody calls cost neither.
"""

import logging
import ssl
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from limen.downstream.certificate_pairs import load_pair
from limen.downstream.client_certificates import asking_context
from limen.downstream.security_policies import policy_named
from limen.downstream.tls import bare_context, usable_openssl

log = logging.getLogger("limen.downstream")

_MOST_MADE = 512


class ServerName(Struct, frozen=True):
    """A name that clients may ask for in the handshake, and what they are met with."""

    name: str
    """`*.` in front stands for one label."""
    chain: str
    """The certificate and those between it and its root, as PEM; empty where it has none of its own."""
    key: str
    """As PEM."""
    security_policy: str = ""
    asks_for_certificate: bool = False
    truststore: str = ""
    """Certificates as PEM, for where OpenSSL can only ask by verifying (client_certificates)."""

    def __repr__(self) -> str:
        return f"ServerName({self.name!r})"


class ServerContexts:
    """Owned by a worker. A change is for new connections: those that are open keep the context they began with."""

    def __init__(self, default: Path, most_made: int = _MOST_MADE) -> None:
        """`default`: the certificate, with its key, of names without a usable one of their own.

        `most_made`: how many contexts are kept; of more names in use, those used last.
        """
        self._default = default
        self._most_made = most_made
        self._entries: dict[str, ServerName] = {}
        self._made: dict[str, ssl.SSLContext | None] = {}
        """Used last at the end; None where there is no making one."""

    def find(self, server_name: str) -> ssl.SSLContext | None:
        """None for a name that nobody told, or that no context can be made of: the listener's own serves it then."""
        if not self._entries:
            return None
        entry = self._entry(server_name.lower().removesuffix("."))
        if entry is None:
            return None
        if entry.name in self._made:
            context = self._made.pop(entry.name)
            self._made[entry.name] = context
            return context
        return self._make(entry)

    def apply(self, entries: Sequence[ServerName], gone: Sequence[str], *, is_whole: bool) -> None:
        """`gone`: names; with `is_whole`, all that are not among `entries` are."""
        told = {entry.name.lower(): entry for entry in entries}
        for name in self._entries.keys() - told.keys() if is_whole else [name.lower() for name in gone]:
            self._entries.pop(name, None)
            self._made.pop(name, None)
        for name, entry in told.items():
            kept = _only_needed(entry, name)
            if self._entries.get(name) != kept:
                self._entries[name] = kept
                self._made.pop(name, None)

    def _entry(self, name: str) -> ServerName | None:
        exact = self._entries.get(name)
        if exact is not None:
            return exact
        label, _, parent = name.partition(".")
        return self._entries.get(f"*.{parent}") if label and parent else None

    def _make(self, entry: ServerName) -> ssl.SSLContext | None:
        context = None
        try:
            context = make_context(entry, self._default)
        except (OSError, ValueError) as error:
            log.error("there is no TLS as %s wants it, it is served as other names are: %s", entry.name, error)
            if not isinstance(error, (ssl.SSLError, ValueError)):
                return None  # out of file descriptors or the like: the next client may find it better
        self._made[entry.name] = context
        if len(self._made) > self._most_made:
            del self._made[next(iter(self._made))]
        return context


def make_context(entry: ServerName, default: Path) -> ssl.SSLContext:
    """With the certificate of `default` where the name's own is not usable: what else it asks for stays in force.

    Raises OSError, or ValueError, where a file cannot be read, or a truststore.
    """
    if entry.chain:
        context = _without_certificate(entry)
        try:
            load_pair(context, entry.chain, entry.key)
        except (ssl.SSLError, ValueError) as error:
            log.error("%s is served with the default certificate, its own cannot be used: %s", entry.name, error)
        else:
            return context
    context = _without_certificate(entry)
    context.load_cert_chain(default)
    return context


def _without_certificate(entry: ServerName) -> ssl.SSLContext:
    policy = policy_named(entry.security_policy)
    if entry.asks_for_certificate:
        return asking_context(policy, entry.truststore, usable_openssl())
    return bare_context(policy)


def _only_needed(entry: ServerName, name: str) -> ServerName:
    """A truststore may have a thousand certificates."""
    needs_truststore = entry.asks_for_certificate and usable_openssl() is None
    return replace(entry, name=name, truststore=entry.truststore if needs_truststore else "")
