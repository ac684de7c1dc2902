"""What MOCK, HTTP and AWS integrations compile to before they become steps."""

from collections.abc import Mapping

from msgspec import Struct

from limen.integrations.backend_request import Service
from limen.integrations.rest.content import BinaryTypes
from limen.integrations.rest.mapping_settings import RequestMapping, Uri
from limen.integrations.rest.responses import Selection
from limen.integrations.rest.templates import RequestTemplates
from limen.integrations.segments import MakePath


class CustomSettings(Struct, frozen=True):
    """`method` is None where the client's own is used; `timeout` in seconds; `service` None for HTTP, and functions."""

    uri: Uri
    route: str
    """The path of the resource."""
    make_path: MakePath
    """What of the URI nothing overrides, without a trace; likewise the next."""
    make_query: MakePath | None
    method: bytes | None
    timeout: float
    mapping: RequestMapping
    templates: RequestTemplates
    selection: Selection
    binary_types: BinaryTypes
    content_handling: str | None
    api_id: bytes
    variables: Mapping[str, str]
    service: Service | None
    is_service: bool
    """An AWS service is called, of which functions are one."""


class MockSettings(Struct, frozen=True):
    templates: RequestTemplates
    selection: Selection
    binary_types: BinaryTypes
    content_handling: str | None
    variables: Mapping[str, str]
