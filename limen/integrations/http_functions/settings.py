"""What an integration with a function compiles to before it becomes a step."""

from msgspec import Struct

from limen.integrations.functions.target import FunctionTarget
from limen.integrations.http_functions.answers import Read
from limen.integrations.http_functions.events import MakeEvent
from limen.integrations.mapping import RequestMapping, ResponseMappings


class FunctionProxySettings(Struct, frozen=True):
    """`timeout` in seconds; `make_event` and `read_answer` are of one payload format version."""

    target: FunctionTarget
    timeout: float
    make_event: MakeEvent
    read_answer: Read
    mapping: RequestMapping | None
    mappings: ResponseMappings
    path_prefix: bytes | None
