"""Signature Version 4 from first principles: the canonical request, its signature, and signing a request with it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
Knows no HTTP library and no botocore: gateway workers sign AWS integrations with it (signer.py).
"""

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, unquote_plus

from msgspec import Struct

from limen.aws.credentials import AccessKey
from limen.aws.request import AwsRequest
from limen.wire import Header, find_headers, header

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
TIMESTAMP_FORMAT = "%Y%m%dT%H%M%SZ"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"


class Scope(Struct, frozen=True):
    """What a signature is good for: one day, region and service."""

    date: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"


def sign(request: AwsRequest, access_key: AccessKey, region: str, service: str, now: float) -> list[Header]:
    """The headers to add to a request so that AWS accepts it; `now` in epoch seconds.

    Signs every header given, so what a proxy may change must be added later. The request names its Host.
    """
    timestamp = datetime.fromtimestamp(now, UTC).strftime(TIMESTAMP_FORMAT)
    scope = Scope(timestamp[:8], region, service)
    added = [header(b"X-Amz-Date", timestamp.encode("ascii"))]
    if access_key.session_token is not None:
        added.append(header(b"X-Amz-Security-Token", access_key.session_token.encode("ascii")))
    headers = [*request.headers, *added]
    names = sorted({lower.decode("latin-1") for lower, _, _ in headers})
    canonical = canonical_request(
        request.method,
        canonical_path(request.path),
        canonical_query(request.query),
        canonical_headers(headers, names),
        payload_hash(request.body),
    )
    signature = sign_text(access_key.secret, scope, string_to_sign(timestamp, scope, canonical))
    value = f"{ALGORITHM} Credential={access_key.id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return [*added, header(b"Authorization", value.encode("ascii"))]


def canonical_request(method: str, path: str, query: str, headers: str, body_hash: str) -> str:
    """The text that stands for a request; `headers` ends with the list of signed names."""
    return "\n".join((method, path, query, headers, body_hash))


def string_to_sign(timestamp: str, scope: Scope, canonical: str) -> str:
    digest = sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    return "\n".join((ALGORITHM, timestamp, str(scope), digest))


def sign_text(secret: str, scope: Scope, text: str) -> str:
    """The signature in hexadecimal digits."""
    return hmac.digest(derive_key(secret, scope), text.encode(), "sha256").hex()


def derive_key(secret: str, scope: Scope) -> bytes:
    """What signs for a whole day, in place of the secret."""
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, scope.service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def payload_hash(body: bytes) -> str:
    return sha256(body).hexdigest()


def canonical_path(path: str) -> str:
    """The path without dot segments and empty segments, encoded once more: %2F becomes %252F.

    Every service but S3 signs so.
    """
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment and segment != ".":
            kept.append(segment)
    slash_at_end = "/" if path.endswith("/") and kept else ""
    return quote("/" + "/".join(kept) + slash_at_end, safe="/~")


def canonical_query(query: str) -> str:
    """Names and values decoded, encoded as RFC 3986 has it, and sorted."""
    pairs = []
    for name, value in _split_query(query):
        pairs.append((_encode(_decode(name)), _encode(_decode(value))))
    return _join_query(sorted(pairs))


def canonical_query_as_sent(query: str) -> str:
    """Sorted only: botocore signs a query string with the escapes that it sends."""
    return _join_query(sorted(_split_query(query)))


def canonical_headers(headers: list[Header], names: Iterable[str]) -> str:
    """One line for each signed header, an empty line, and their names; values are trimmed, runs of blanks made one."""
    lines = []
    for name in names:
        values = find_headers(headers, name.encode("latin-1", "replace"))
        text = ",".join(b" ".join(value.split()).decode("utf-8", "surrogateescape") for value in values)
        lines.append(f"{name}:{text}")
    return "\n".join((*lines, "", ";".join(names)))


def _split_query(query: str) -> list[tuple[str, str]]:
    split = (pair.partition("=") for pair in query.split("&") if pair)
    return [(name, value) for name, _, value in split]


def _join_query(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)


def _decode(text: str) -> str:
    """What is no UTF-8 stays what it is: two queries that differ have two canonical forms."""
    return unquote_plus(text, errors="surrogateescape")


def _encode(text: str) -> str:
    return quote(text, safe="-_.~", errors="surrogateescape")
