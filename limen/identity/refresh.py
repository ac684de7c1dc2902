"""Refresh tokens: opaque to clients; only a digest of each is kept, beside the session that it belongs to."""

import hashlib
import os
from uuid import UUID

from msgspec import Struct

from limen.jose import base64url

_SECRET_BYTES = 40
_UUID_BYTES = 16


class RefreshToken(Struct, frozen=True):
    """What a token says of itself: where its session is found. It counts if the digest is the session's."""

    subject: str
    origin: str
    digest: str


def new_refresh_token(subject: str, origin: str) -> str:
    """`subject` and `origin` are UUIDs."""
    raw = UUID(subject).bytes + UUID(origin).bytes + os.urandom(_SECRET_BYTES)
    return base64url.encode(raw).decode("ascii")


def read_refresh_token(text: str) -> RefreshToken | None:
    """None for what is none of ours."""
    try:
        raw = base64url.decode(text.encode("ascii"))
    except ValueError:
        return None
    if len(raw) != 2 * _UUID_BYTES + _SECRET_BYTES:
        return None
    subject, origin = UUID(bytes=raw[:_UUID_BYTES]), UUID(bytes=raw[_UUID_BYTES : 2 * _UUID_BYTES])
    return RefreshToken(str(subject), str(origin), hashlib.sha256(raw).hexdigest())
