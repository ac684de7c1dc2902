"""What `limen deploy` asks of the admin port: packages handed over, stacks deployed, deleted and listed."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limen.control.access.questions import Endpoint, Questions
from limen.control.call import ControlSettings
from limen.control.openapi.source import SourceError
from limen.control.stacks.deploy import StackRefusedError, Target, delete, deploy, list_stacks
from limen.control.stacks.prepare import Written
from limen.control.stacks.text import read_template_text
from limen.functions.packages import PackageError, check_zip
from limen.store.store import Store

MOST_REQUEST_BYTES = 16 << 20
"""A template, and what is made of it without local paths."""
MOST_PACKAGE_BYTES = 50 << 20
"""Of a zip file that is uploaded, as AWS counts them."""
_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class DeployRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    path: str
    """As messages show it."""
    text: str
    """Of the file, where line numbers come from."""
    document: dict[str, Any]
    """The template without local paths."""
    parameters: dict[str, str] = {}
    region: str = "us-east-1"
    allow_stored: bool = False


class StackRequests:
    """`settled` waits until the workers serve what was changed."""

    def __init__(
        self,
        store: Store,
        settings: ControlSettings,
        in_operations: Callable[[Callable[[], Any]], Awaitable[Any]],
        settled: Callable[[], Awaitable[object]],
    ) -> None:
        self._store = store
        self._settings = settings
        self._in_operations = in_operations
        self._settled = settled

    def routes(self, questions: Questions) -> list[Route]:
        """Whoever may deploy a stack may make anything: what it holds is not weighed again."""

        def ask(path: str, action: str, endpoint: Endpoint, method: str = "GET", most: int = 0) -> Route:
            async def answer(request: Request, body: bytes) -> Response:
                try:
                    return await endpoint(request, body)
                except StackRefusedError as error:
                    return JSONResponse({"message": "\n".join(error.lines)}, 400)

            return questions.route(path, action, answer, methods=(method,), most=most)

        stack, package = "/_limen/stacks/{name}", "/_limen/packages/{digest}"
        return [
            ask("/_limen/stacks", "ListStacks", self._list),
            ask(stack, "DeployStack", self._deploy, "POST", MOST_REQUEST_BYTES),
            ask(stack, "DeleteStack", self._delete, "DELETE"),
            ask(package, "GetPackage", self._has_package),
            ask(package, "PutPackage", self._put_package, "PUT", MOST_PACKAGE_BYTES),
        ]

    async def _list(self, request: Request, body: bytes) -> Response:
        return JSONResponse(await self._in_operations(lambda: list_stacks(self._store, self._settings)))

    async def _deploy(self, request: Request, body: bytes) -> Response:
        name = _checked_name(request)
        try:
            asked = msgspec.json.decode(body, type=DeployRequest)
            source = read_template_text(asked.text.encode())
        except (msgspec.MsgspecError, SourceError) as error:
            raise StackRefusedError([f"the request is not understood: {error}"]) from None
        written = Written(asked.path, source, asked.document)
        target = Target(name, asked.region, asked.allow_stored)
        done = await self._in_operations(
            lambda: deploy(
                self._store, self._settings, target, written, asked.parameters, self._settings.code_store.find
            )
        )
        await self._settled()
        return JSONResponse({"stack": done.stack, "lines": done.lines, "hasChanges": done.has_changes})

    async def _delete(self, request: Request, body: bytes) -> Response:
        target = Target(_checked_name(request), request.query_params.get("region", "us-east-1"))
        lines = await self._in_operations(lambda: delete(self._store, self._settings, target))
        await self._settled()
        return JSONResponse({"lines": lines})

    async def _has_package(self, request: Request, body: bytes) -> Response:
        digest = request.path_params["digest"]
        if not _DIGEST.fullmatch(digest) or not self._settings.code_store.has(digest):
            return JSONResponse({"message": f"No package {digest} was uploaded"}, 404)
        return JSONResponse({"sha256": digest})

    async def _put_package(self, request: Request, body: bytes) -> Response:
        digest = request.path_params["digest"]
        if hashlib.sha256(body).hexdigest() != digest:
            return JSONResponse({"message": "The SHA-256 of the body is not that of the path"}, 400)

        def store() -> None:
            check_zip(body)
            self._settings.code_store.store(body)

        try:
            await self._in_operations(store)
        except PackageError as error:
            raise StackRefusedError([str(error)]) from None
        return JSONResponse({"sha256": digest})


def _checked_name(request: Request) -> str:
    name = str(request.path_params["name"])
    if not _STACK_NAME.fullmatch(name):
        raise StackRefusedError([f"{name!r} cannot name a stack: letters, digits and -, a letter first"])
    return name
