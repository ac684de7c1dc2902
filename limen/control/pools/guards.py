"""What is asked of every caller that is not signed: not too often, and the secret of a client that has one."""

import hmac
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from limen.control.call import Answer, Call
from limen.control.pools.clients import secret_of
from limen.control.pools.documents import Client
from limen.control.pools.errors import locked_out, not_authorized, too_many_requests

Operation = Callable[[Call, dict[str, Any]], Answer]


def limited(operation: Operation) -> Operation:
    """The operation for whoever has not called too often from one address."""

    def call_limited(call: Call, members: dict[str, Any]) -> Answer:
        if not call.aws.access_key_id and not call.settings.pool_tools.calls.take(call.aws.client.address):
            raise too_many_requests()
        return operation(call, members)

    return call_limited


def check_may_try(call: Call, who: tuple[str, str]) -> None:
    """Raises where a user's passwords, or passwords from this address, were wrong too often."""
    tools = call.settings.pool_tools
    if tools.passwords.is_locked(who):
        raise locked_out()
    if not call.aws.access_key_id and not tools.failures.has(call.aws.client.address):
        raise too_many_requests()


def note_failure(call: Call, who: tuple[str, str]) -> None:
    tools = call.settings.pool_tools
    tools.passwords.fail(who)
    if not call.aws.access_key_id:
        tools.failures.take(call.aws.client.address)


def check_secret_hash(call: Call, client: Client, usernames: list[str], given: str | None) -> None:
    """`usernames`: any of them may be what the client hashed with its id."""
    secret = secret_of(call, client)
    if secret is None:
        if given:
            raise not_authorized(f"Unable to verify secret hash for client {client.id}")
        return
    if not given:
        raise not_authorized(f"Client {client.id} is configured with secret but SECRET_HASH was not received")
    matches = [
        hmac.compare_digest(secret_hash(secret, name, client.id).encode(), given.encode("utf-8", "surrogatepass"))
        for name in usernames
    ]
    if not any(matches):
        raise not_authorized(f"Unable to verify secret hash for client {client.id}")


def secret_hash(secret: str, username: str, client_id: str) -> str:
    message = (username + client_id).encode("utf-8", "surrogatepass")
    return b64encode(hmac.digest(secret.encode(), message, "sha256")).decode("ascii")


def check_client_secret(call: Call, client: Client, given: str | None) -> None:
    """Of operations that take the secret itself."""
    secret = secret_of(call, client)
    if secret is None and not given:
        return
    if secret is None or not given or not hmac.compare_digest(secret.encode(), given.encode()):
        raise not_authorized("Client secret does not match." if given else "Client secret is required.")
