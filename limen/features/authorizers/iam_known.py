"""The short way for signers that came before: no parsing, no derivation of keys, one HMAC.

It says yes, or nothing: whatever is odd, wrong or new goes the long way (iam_long.py), which knows the words for it.
"""

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from time import time

from limen.aws.signature import SKEW_SECONDS
from limen.aws.sigv4 import TIMESTAMP_FORMAT
from limen.features.authorizers.iam_request import signed_path
from limen.features.authorizers.iam_signers import KnownHead, KnownSigner
from limen.gateway.exchange import Exchange

SIGNATURE = b"Signature="

_EMPTY_HASH = sha256(b"").hexdigest().encode("ascii")
_START = b"AWS4-HMAC-SHA256\n"
_TIMESTAMP_LENGTH = 16


class Moments:
    """The oldest and the newest time that a signature may carry, written as signatures have it: they sort as text."""

    __slots__ = ("_second", "newest", "oldest")

    def __init__(self) -> None:
        self._second = 0
        self.oldest = self.newest = b""

    def set(self, now: float) -> None:
        second = int(now)
        if second != self._second:
            self._second = second
            self.oldest, self.newest = _write(second - SKEW_SECONDS), _write(second + SKEW_SECONDS)


def _write(second: int) -> bytes:
    return datetime.fromtimestamp(second, UTC).strftime(TIMESTAMP_FORMAT).encode("ascii")


_moments = Moments()


def find_known(
    exchange: Exchange, heads: dict[tuple[bytes, bytes | None], KnownHead], is_rest: bool
) -> KnownSigner | None:
    """Who signed, None where the long way has to be gone."""
    values: dict[bytes, bytes] = {}
    for lower, _, sent in exchange.headers:
        values[lower] = sent if lower not in values else values[lower] + b"," + sent
    head_text, _, signature = values.get(b"authorization", b"").rpartition(SIGNATURE)
    head = heads.get((head_text, values.get(b"x-amz-security-token")))
    timestamp = values.get(b"x-amz-date")
    if head is None or timestamp is None or b"X-Amz-" in exchange.query:
        return None
    now = time()
    _moments.set(now)
    if (
        not _moments.oldest <= timestamp <= _moments.newest
        or len(timestamp) != _TIMESTAMP_LENGTH
        or timestamp[:8] != head.date
        or not timestamp[9:15].isdigit()
        or head.signer.expires <= now
    ):
        return None
    for name in head.forbidden:
        if name in values:
            return None
    values[b"host"] = exchange.host
    text = _string_to_sign(exchange, timestamp, head, values, is_rest)
    if text is None:
        return None
    expected = hmac.digest(head.key, text, "sha256").hex().encode("ascii")
    return head.signer if hmac.compare_digest(expected, signature) else None


def _string_to_sign(
    exchange: Exchange, timestamp: bytes, head: KnownHead, values: dict[bytes, bytes], is_rest: bool
) -> bytes | None:
    """None where a signed header is missing."""
    lines = [exchange.sent_method, signed_path(exchange, is_rest=is_rest), _canonical_query(exchange.query)]
    for name in head.names:
        value = values.get(name)
        if value is None:
            return None
        if b"  " in value or b"\t" in value:
            value = b" ".join(value.split())
        lines.append(name + b":" + value)
    body = exchange.body
    lines += (b"", head.names_line, sha256(body).hexdigest().encode("ascii") if body else _EMPTY_HASH)
    digest = sha256(b"\n".join(lines)).hexdigest().encode("ascii")
    return b"".join((_START, timestamp, b"\n", head.scope_line, digest))


def _canonical_query(query: bytes) -> bytes:
    """Sorted, with its escapes as they were sent; a query that was signed with others goes the long way."""
    if not query:
        return query
    pairs = [pair.partition(b"=") for pair in query.split(b"&") if pair]
    pairs.sort()
    return b"&".join([name + b"=" + value for name, _, value in pairs])
