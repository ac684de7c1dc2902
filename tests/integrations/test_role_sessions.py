"""Roles assumed through STS: asked for once, kept, renewed before they expire, refused with STS's reason."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from limen.aws.credentials import AccessKey
from limen.aws.request import AwsRequest
from limen.aws.signature import find_signature, verify
from limen.aws.signer import Signer
from limen.integrations.role_sessions import RoleSessions
from limen.integrations.service_endpoints import LOCAL_KEY, FixedKeys
from limen.integrations.service_place import NoCredentialsError, Place
from limen.upstream.origin import Origin
from limen.wire import Header, header
from tests.upstream.backends import backend, read_request, run, upstream

ROLE = "arn:aws:iam::123456789012:role/gateway"
BEGAN = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


class Sts:
    """Answers AssumeRole with sessions of an hour, or with an error."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.now = BEGAN.timestamp()
        self.error: tuple[int, str] | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            self.requests.append(await read_request(reader))
            await self.gate.wait()
            status, body = self.error or (200, self._session(len(self.requests)))
            writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    def _session(self, number: int) -> str:
        expires = datetime.fromtimestamp(self.now + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (
            f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{number}</AccessKeyId>"
            f"<SecretAccessKey>secret/{number}</SecretAccessKey><SessionToken>token{number}==</SessionToken>"
            f"<Expiration>{expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )


def place_of(origin: Origin) -> Place:
    return Place(str(origin), f"{origin.host}:{origin.port}", "eu-west-1", FixedKeys(LOCAL_KEY), is_aws=False)


def test_a_role_is_assumed_as_api_gateway_does() -> None:
    async def main() -> None:
        sts = Sts()
        async with backend(sts.handle) as server, upstream() as calls:
            sessions = RoleSessions(calls, Signer(), lambda: sts.now)
            place = place_of(server.origin)
            assert sessions.find(ROLE, place) is None

            key = await sessions.assume(ROLE, place)

            assert key == AccessKey("ASIA1", "secret/1", "token1==")
            assert sessions.find(ROLE, place) == key
            head, _, body = sts.requests[0].partition(b"\r\n\r\n")
            assert dict(parse_qsl(body.decode())) == {
                "Action": "AssumeRole",
                "Version": "2011-06-15",
                "RoleArn": ROLE,
                "RoleSessionName": "BackplaneAssumeRoleSession",
            }
            check_signature(head, body)

    run(main())


def check_signature(head: bytes, body: bytes) -> None:
    line, *fields = head.split(b"\r\n")
    method, path, _ = line.decode().split(" ")
    pairs = [field.partition(b": ") for field in fields]
    headers: list[Header] = [header(name, value) for name, _, value in pairs]
    request = AwsRequest(method, path, "", headers, body)
    signature = find_signature(request)
    assert signature is not None
    assert (signature.scope.service, signature.scope.region) == ("sts", "eu-west-1")
    verify(request, signature, "test")


def test_many_requests_ask_once() -> None:
    async def main() -> None:
        sts = Sts()
        sts.gate.clear()
        async with backend(sts.handle) as server, upstream() as calls:
            sessions = RoleSessions(calls, Signer(), lambda: sts.now)
            waiting = [asyncio.create_task(sessions.assume(ROLE, place_of(server.origin))) for _ in range(5)]
            await asyncio.sleep(0.02)
            waiting[0].cancel()
            sts.gate.set()

            keys = await asyncio.gather(*waiting[1:])

            assert {key.id for key in keys} == {"ASIA1"}
            assert len(sts.requests) == 1

    run(main())


def test_a_session_is_renewed_while_the_old_one_still_signs() -> None:
    async def main() -> None:
        sts = Sts()
        async with backend(sts.handle) as server, upstream() as calls:
            sessions = RoleSessions(calls, Signer(), lambda: sts.now)
            place = place_of(server.origin)
            await sessions.assume(ROLE, place)
            sts.now += 3600 - 200

            old = sessions.find(ROLE, place)
            new = await sessions.assume(ROLE, place)

            assert (old and old.id, new.id) == ("ASIA1", "ASIA2")
            assert sessions.find(ROLE, place) == new
            assert len(sts.requests) == 2

    run(main())


def test_a_session_that_ends_is_not_used() -> None:
    async def main() -> None:
        sts = Sts()
        async with backend(sts.handle) as server, upstream() as calls:
            sessions = RoleSessions(calls, Signer(), lambda: sts.now)
            await sessions.assume(ROLE, place_of(server.origin))
            sts.now += 3600 - 20

            assert sessions.find(ROLE, place_of(server.origin)) is None

    run(main())


DENIED = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
    "<Message>User: arn:aws:iam::1:user/a is not authorized &amp; so on</Message></Error></ErrorResponse>"
)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ((403, DENIED), "AccessDenied: User: arn:aws:iam::1:user/a is not authorized & so on"),
        ((503, ""), "503"),
        ((200, "<html>hello</html>"), "STS answered without credentials"),
    ],
)
def test_a_refusal_says_what_sts_said(error: tuple[int, str], said: str) -> None:
    async def main() -> None:
        sts = Sts()
        sts.error = error
        async with backend(sts.handle) as server, upstream() as calls:
            sessions = RoleSessions(calls, Signer(), lambda: sts.now)

            with pytest.raises(NoCredentialsError) as refused:
                await sessions.assume(ROLE, place_of(server.origin))

            assert str(refused.value) == (
                f"API Gateway does not have permission to assume the provided role {ROLE}: {said}"
            )
            sts.error = None
            assert (await sessions.assume(ROLE, place_of(server.origin))).id == "ASIA2"

    run(main())


def test_sts_that_is_not_there_is_named() -> None:
    async def main() -> None:
        async with upstream() as calls:
            sessions = RoleSessions(calls, Signer())

            with pytest.raises(NoCredentialsError, match=r"http://127\.0\.0\.1:9: Connection refused"):
                await sessions.assume(ROLE, place_of(Origin("http", "127.0.0.1", 9)))

    run(main())
