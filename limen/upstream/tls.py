"""TLS towards backends: always verified, against the system's authorities and one file of the user's."""

import ssl


def client_context(extra_ca: str | None = None) -> ssl.SSLContext:
    """`extra_ca` is a PEM file that is trusted too; SSL_CERT_FILE and SSL_CERT_DIR replace the system's authorities."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if extra_ca is not None:
        context.load_verify_locations(cafile=extra_ca)
    return context
