"""What the base path of a document does to its paths.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html
"""

from typing import Any, Literal, cast, get_args

from limen.aws.errors import bad_request
from limen.control.openapi.shapes import items, member

BasePath = Literal["ignore", "prepend", "split"]
BASE_PATHS = get_args(BasePath)


def read_base_path(given: str | None) -> BasePath:
    """What a call asks for; raises BadRequestException."""
    if not given:
        return "ignore"
    if given in BASE_PATHS:
        return cast(BasePath, given)
    raise bad_request(f"Invalid basepath specified. Valid values are {', '.join(BASE_PATHS)}")


def path_prefix(document: dict[str, Any], base_path: BasePath) -> str:
    """What stands before every path of the document, without a slash at its end."""
    if base_path == "ignore":
        return ""
    segments = [segment for segment in _find_base_path(document).split("/") if segment]
    if base_path == "split":
        segments = segments[1:]
    return "".join("/" + segment for segment in segments)


def whole_path(prefix: str, path: str) -> str:
    """Where a path of a REST API is: resources have no empty parts, and a slash at the end says nothing."""
    return "/" + "/".join(part for part in (prefix + path).split("/") if part)


def _find_base_path(document: dict[str, Any]) -> str:
    """Swagger 2.0: `basePath`. OpenAPI 3: the first server variable of that name, else the path of the first URL."""
    if "swagger" in document:
        return str(document.get("basePath") or "")
    servers = [server for server in items(document, "servers") if isinstance(server, dict)]
    for server in servers:
        variable = member(member(server, "variables"), "basePath")
        if "default" in variable:
            return str(variable["default"])
    url = str(servers[0].get("url", "")) if servers else ""
    _, scheme, rest = url.partition("://")
    return (rest.partition("/")[2] if scheme else url).partition("?")[0]
