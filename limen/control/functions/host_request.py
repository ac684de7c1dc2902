"""What an operation asks of the functions host: a request on its invoke socket, and what becomes of the answer."""

from msgspec import Struct


class HostRequest(Struct, frozen=True):
    """A POST. `status`: given in place of the host's, with an empty body, where the host takes the invocation."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int | None = None
