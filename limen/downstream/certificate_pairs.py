"""Loads a certificate with its key into a TLS context, out of memory: `ssl` reads files only.

On Linux the file is one of memory alone, which has no name; elsewhere one that its owner alone may read and that is
removed at once.
"""

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator

_OWN_FILES = "/proc/self/fd"


def load_pair(context: ssl.SSLContext, chain: str, key: str) -> None:
    """Both as PEM. Raises OSError (ssl.SSLError where it is no pair) or ValueError.

    An encrypted key is refused: without a password OpenSSL would ask for one at the terminal, and wait.
    """
    content = f"{chain}\n{key}\n".encode()
    with _in_memory(content) if _has_files_of_memory() else _on_disk(content) as path:
        context.load_cert_chain(path, password="")


def _has_files_of_memory() -> bool:
    return hasattr(os, "memfd_create") and os.path.isdir(_OWN_FILES)


@contextlib.contextmanager
def _in_memory(content: bytes) -> Iterator[str]:
    descriptor = os.memfd_create("certificate")  # closed in children
    try:
        os.ftruncate(descriptor, len(content))
        os.pwrite(descriptor, content, 0)
        yield f"{_OWN_FILES}/{descriptor}"
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _on_disk(content: bytes) -> Iterator[str]:
    descriptor, path = tempfile.mkstemp()  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield path
    finally:
        os.unlink(path)
