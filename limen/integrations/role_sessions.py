"""Roles that integrations call services as: assumed through STS, kept until shortly before they expire.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import asyncio
import html
import re
import time
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

from msgspec import Struct

from limen.aws.credentials import AccessKey
from limen.aws.signer import SignedRequest, Signer
from limen.aws.sigv4 import canonical_path
from limen.integrations.service_place import NoCredentialsError, Place
from limen.tasks import Tasks
from limen.upstream.call import Call
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.upstream.origin import Origin
from limen.wire import Header

SESSION_NAME = "BackplaneAssumeRoleSession"
"""API Gateway's own (observed)."""
RENEW_BEFORE = 300.0
"""Seconds before the end of a session at which the next one is asked for, while the old one still signs."""
LAST_USE = 30.0
"""Seconds before the end of a session at which it no longer signs."""
TIMEOUT = 10.0
"""Seconds for one call of STS."""

_TYPE: Header = (b"content-type", b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8")


class Session(Struct, frozen=True):
    key: AccessKey
    expires: float
    """In epoch seconds."""


class RoleSessions:
    """Owned by a worker; `now` is in epoch seconds."""

    def __init__(self, upstream: Upstream, signer: Signer, now: Callable[[], float] = time.time) -> None:
        self._upstream = upstream
        self._signer = signer
        self._now = now
        self._sessions: dict[tuple[str, str], Session] = {}
        """By role and by where it was assumed."""
        self._asking: dict[tuple[str, str], asyncio.Task[Session | NoCredentialsError]] = {}
        self._tasks = Tasks()

    def find(self, role: str, sts: Place) -> AccessKey | None:
        """None where the role must be assumed first, which `assume` waits for."""
        session = self._sessions.get((role, sts.url))
        if session is None:
            return None
        left = session.expires - self._now()
        if left < RENEW_BEFORE:
            if left < LAST_USE:
                return None
            self._ask(role, sts)
        return session.key

    async def assume(self, role: str, sts: Place) -> AccessKey:
        """One call at a time for each role, whoever waits. Raises NoCredentialsError."""
        # Shielded: who gives up waiting does not take the answer from the others.
        answer = await asyncio.shield(self._ask(role, sts))
        if isinstance(answer, NoCredentialsError):
            raise answer
        return answer.key

    async def close(self) -> None:
        await self._tasks.cancel_all()

    def _ask(self, role: str, sts: Place) -> "asyncio.Task[Session | NoCredentialsError]":
        asking = self._asking.get((role, sts.url))
        if asking is None:
            asking = self._asking[role, sts.url] = self._tasks.start(self._assume(role, sts), f"assume {role}")
        return asking

    async def _assume(self, role: str, sts: Place) -> Session | NoCredentialsError:
        try:
            status, body = await self._call(role, sts)
            if status != 200:
                reason = f"{_text(body, 'Code') or status}: {_text(body, 'Message')}".rstrip(": ")
                return NoCredentialsError(_CANNOT_ASSUME.format(role, reason))
            session = _read_session(body)
        except (UpstreamError, NoCredentialsError, ValueError) as error:
            return NoCredentialsError(_CANNOT_ASSUME.format(role, error))
        else:
            self._sessions[role, sts.url] = session
            return session
        finally:
            del self._asking[role, sts.url]

    async def _call(self, role: str, sts: Place) -> tuple[int, bytes]:
        asked = {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": role,
            "RoleSessionName": SESSION_NAME,
        }
        body = urlencode(asked).encode()
        parts = urlsplit(sts.url)
        path = f"{parts.path}/"
        request = SignedRequest("POST", sts.host, canonical_path(path), "", sha256(body).hexdigest())
        headers = self._signer.sign(request, [_TYPE], sts.keys.find(), sts.region, "sts")
        lines = "".join(f"{name.decode()}: {value.decode()}\r\n" for _, name, value in headers)
        head = f"POST {path} HTTP/1.1\r\nHost: {sts.host}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode()
        port = parts.port or (443 if parts.scheme == "https" else 80)
        call = _StsCall(Origin(parts.scheme, parts.hostname or "", port), b"POST", head, body, TIMEOUT, True)
        call.answer = asyncio.get_running_loop().create_future()
        self._upstream.send(call)
        return await call.answer


_CANNOT_ASSUME = "API Gateway does not have permission to assume the provided role {}: {}"


class _StsCall(Call):
    """Assuming a role changes nothing, so a stale connection may be tried again."""

    __slots__ = ("answer",)

    answer: "asyncio.Future[tuple[int, bytes]]"

    def responded(self, status: int, headers: list[Header], body: bytes) -> None:
        if not self.answer.done():
            self.answer.set_result((status, body))

    def failed(self, error: UpstreamError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


def _read_session(body: bytes) -> Session:
    key_id, secret, token = (_text(body, name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    if not (key_id and secret and token):
        raise ValueError("STS answered without credentials")
    return Session(AccessKey(key_id, secret, token), datetime.fromisoformat(_text(body, "Expiration")).timestamp())


def _text(body: bytes, name: str) -> str:
    """The content of an element that holds text alone; empty where there is none."""
    match = re.search(rf"<{name}>([^<]*)</{name}>", body.decode("utf-8", "replace"))
    return html.unescape(match[1]).strip() if match else ""
