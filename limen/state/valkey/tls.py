"""TLS to the server: verified against the system's authorities, or a file of one's own."""

import ssl

from limen.state.valkey.url import TlsFiles


def make_context(files: TlsFiles) -> ssl.SSLContext:
    """Raises OSError, or ValueError, with a message that names the file. Takes tens of milliseconds."""
    try:
        context = ssl.create_default_context(cafile=files.ca or None)
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise OSError(f"ca: {files.ca}: {_reason(error)}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = files.check_hostname
    if files.certificate:
        try:
            context.load_cert_chain(files.certificate, files.key or None, password=_refuse_password)
        except (OSError, ValueError) as error:
            raise OSError(f"cert: {files.certificate}: {_reason(error)}") from None
    return context


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)


def _refuse_password() -> str:
    """Without it OpenSSL would ask on the terminal for the password of an encrypted key."""
    raise ValueError("the private key is encrypted")
