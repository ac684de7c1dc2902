"""What integrations of REST APIs compile to before they become steps."""

from msgspec import Struct

from limen.integrations.functions.target import FunctionTarget
from limen.integrations.rest.content import BinaryTypes
from limen.integrations.rest.mapping_settings import RequestMapping
from limen.integrations.segments import MakePath
from limen.integrations.streaming import StreamSettings
from limen.upstream.origin import Origin


class ProxySettings(Struct, frozen=True):
    """`method` is None where the client's own is used; `timeout` in seconds; `mapping` None where only paths are."""

    origin: Origin
    host: bytes
    make_path: MakePath
    note_path: MakePath
    """The same, slower: it tells the trace of each placeholder."""
    make_query: MakePath | None
    method: bytes | None
    timeout: float
    mapping: RequestMapping | None
    binary_types: BinaryTypes
    content_handling: str | None
    api_id: bytes
    drops_authorization: bool
    """The method authorizes callers by their signatures."""
    stream: StreamSettings | None
    """None where responses are waited for whole."""


class FunctionProxySettings(Struct, frozen=True):
    """`timeout` in seconds."""

    target: FunctionTarget
    timeout: float
    binary_types: BinaryTypes
    is_streamed: bool
