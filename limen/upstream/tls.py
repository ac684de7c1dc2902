"""TLS towards backends: verified against the system's authorities and one file of the user's, unless told otherwise.

A context is made once for each combination of what an origin may ask for, and kept by content.
"""

import asyncio
import os
import ssl
import tempfile
from collections import OrderedDict
from typing import TypeAlias

from limen.upstream.errors import UpstreamError
from limen.upstream.origin import ClientCertificate, Origin

KEPT = 256
"""Contexts of client certificates; one more drops the one that was not asked for the longest."""

Key: TypeAlias = tuple[bool, str | None]
"""Whether verification is skipped, and the digest of a client certificate."""


def client_context(extra_ca: str | None = None) -> ssl.SSLContext:
    """`extra_ca` is a PEM file that is trusted too; SSL_CERT_FILE and SSL_CERT_DIR replace the system's authorities."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if extra_ca is not None:
        context.load_verify_locations(cafile=extra_ca)
    return context


class Contexts:
    """Owned by a Dialer; `plain` is the context of origins that ask for nothing, and says whom the others trust."""

    def __init__(self, plain: ssl.SSLContext) -> None:
        self._plain = plain
        self._kept: OrderedDict[Key, ssl.SSLContext] = OrderedDict()

    async def get(self, origin: Origin) -> ssl.SSLContext:
        """Raises UpstreamError for a client certificate that cannot be used."""
        certificate = origin.client_certificate
        if certificate is None and not origin.skips_verification:
            return self._plain
        key = (origin.skips_verification, None if certificate is None else certificate.digest)
        context = self._kept.get(key)
        if context is None:
            try:
                # In a thread: reading the system's authorities takes tens of milliseconds.
                context = await asyncio.to_thread(self._make, origin.skips_verification, certificate)
            except (ValueError, OSError) as error:  # an SSLError is an OSError
                reason = getattr(error, "reason", None) or error
                raise UpstreamError("tls", f"{origin}: the client certificate cannot be used: {reason}") from None
            self._kept[key] = context
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return context

    def _make(self, skips_verification: bool, certificate: ClientCertificate | None) -> ssl.SSLContext:
        if skips_verification:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.set_alpn_protocols(["http/1.1"])
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context = client_context()
            trusted = b"".join(self._plain.get_ca_certs(binary_form=True))
            if trusted:
                context.load_verify_locations(cadata=trusted)
        if certificate is not None:
            load_certificate(context, certificate)
        return context


def load_certificate(context: ssl.SSLContext, certificate: ClientCertificate) -> None:
    """By way of a file, as `ssl` knows no other: one in memory where there is such a thing, else gone at once."""
    pem = f"{certificate.certificate.strip()}\n{certificate.private_key.strip()}\n".encode()
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        descriptor, name = os.memfd_create("client-certificate", os.MFD_CLOEXEC), ""
        path = f"/proc/self/fd/{descriptor}"
    else:
        descriptor, name = tempfile.mkstemp()  # 0600
        path = name
    try:
        os.write(descriptor, pem)
        context.load_cert_chain(path, password=_refuse_password)
    finally:
        os.close(descriptor)
        if name:
            os.unlink(name)


def _refuse_password() -> str:
    """Without it OpenSSL would ask on the terminal for the password of an encrypted key."""
    raise ValueError("the private key is encrypted")
