"""What an HTTP proxy integration compiles to before it becomes a step."""

from msgspec import Struct

from limen.integrations.mapping import RequestMapping, ResponseMappings
from limen.integrations.target import Target


class ProxySettings(Struct, frozen=True):
    """`method` is None where the client's own is used; `timeout` in seconds."""

    target: Target
    method: bytes | None
    timeout: float
    mapping: RequestMapping | None
    mappings: ResponseMappings
