"""Signs many requests cheaply: keys are derived once a day for each region, service and secret.

Signs what AWS requires: Host, Content-Type and X-Amz-*. The other headers may be changed on the way.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from limen.aws.credentials import AccessKey
from limen.aws.sigv4 import (
    ALGORITHM,
    TIMESTAMP_FORMAT,
    Scope,
    canonical_request,
    derive_key,
    string_to_sign,
)
from limen.wire import Header

_MOST_KEYS = 1024
"""Roles that are assumed anew each hour leave keys behind; at this many all are derived anew."""
_SIGNED = frozenset({b"content-type", b"content-md5"})
_OWN = frozenset({b"authorization", b"x-amz-date", b"x-amz-security-token"})


class Signer:
    """Owned by whoever calls services; `now` is in epoch seconds."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._keys: dict[tuple[str, str, str], tuple[Scope, bytes]] = {}
        """By secret, region and service: for the day that the scope names."""
        self._second = 0
        self._timestamp = ""

    def sign(
        self, request: "SignedRequest", headers: Sequence[Header], access_key: AccessKey, region: str, service: str
    ) -> list[Header]:
        """`headers` with those added that make AWS accept them; ones of the same names are left out."""
        timestamp = self._read_clock()
        scope, key = self._find_key(access_key.secret, timestamp[:8], region, service)
        kept = [header for header in headers if header[0] not in _OWN]
        kept.append((b"x-amz-date", b"X-Amz-Date", timestamp.encode("ascii")))
        if access_key.session_token is not None:
            kept.append((b"x-amz-security-token", b"X-Amz-Security-Token", access_key.session_token.encode("ascii")))
        names, lines = _signed_headers(request.host, kept)
        canonical = canonical_request(
            request.method, request.canonical_path, request.canonical_query, f"{lines}\n{names}", request.body_hash
        )
        text = string_to_sign(timestamp, scope, canonical)
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        value = f"{ALGORITHM} Credential={access_key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
        kept.append((b"authorization", b"Authorization", value.encode("ascii")))
        return kept

    def _read_clock(self) -> str:
        now = self._now()
        if int(now) != self._second:
            self._second = int(now)
            self._timestamp = datetime.fromtimestamp(now, UTC).strftime(TIMESTAMP_FORMAT)
        return self._timestamp

    def _find_key(self, secret: str, date: str, region: str, service: str) -> tuple[Scope, bytes]:
        found = self._keys.get((secret, region, service))
        if found is None or found[0].date != date:
            if len(self._keys) >= _MOST_KEYS:
                self._keys.clear()
            scope = Scope(date, region, service)
            found = self._keys[secret, region, service] = (scope, derive_key(secret, scope))
        return found


class SignedRequest:
    """A request as its signature sees it."""

    __slots__ = ("body_hash", "canonical_path", "canonical_query", "host", "method")

    def __init__(self, method: str, host: str, canonical_path: str, canonical_query: str, body_hash: str) -> None:
        self.method = method
        self.host = host
        self.canonical_path = canonical_path
        self.canonical_query = canonical_query
        self.body_hash = body_hash


def _signed_headers(host: str, headers: list[Header]) -> tuple[str, str]:
    """The names, and a line for each, that a signature covers."""
    values = {"host": host}
    for lower, _, value in headers:
        if lower in _SIGNED or lower.startswith(b"x-amz-"):
            name = lower.decode("latin-1")
            text = b" ".join(value.split()).decode("utf-8", "surrogateescape")
            values[name] = f"{values[name]},{text}" if name in values else text
    names = sorted(values)
    return ";".join(names), "".join(f"{name}:{values[name]}\n" for name in names)
