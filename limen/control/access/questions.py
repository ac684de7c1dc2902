"""Limen's own questions on the admin port: each has an action, is signed like a call of AWS, weighed and recorded.

The actions are `limen:...`, the resources `arn:aws:limen:REGION:ACCOUNT:PATH`, with the path below /_limen.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limen.aws.call import Answered
from limen.aws.errors import AwsError
from limen.aws.ids import new_request_id
from limen.aws.server import Identified, Recorder
from limen.control.access.context import context_of
from limen.control.access.guard import check
from limen.control.access.weigh import Asking
from limen.control.away import store_is_away
from limen.store.errors import StoreAwayError

Endpoint = Callable[[Request, bytes], Awaitable[Response]]
"""Gets the body, which has been read."""
PREFIX = "/_limen"
SERVICE = "limen"
_REFUSED_STATUS = 400


class Identifier(Protocol):
    """Who says who signed a request; AwsApi is one."""

    async def identify(self, request: Request, most_bytes: int = ...) -> Identified: ...


class Questions:
    """What `route` gives is answered to those who may ask it, and to nobody else."""

    def __init__(self, identifier: Identifier, recorder: Recorder, account: str) -> None:
        self._identifier = identifier
        self._recorder = recorder
        self._account = account

    def route(
        self, path: str, action: str, endpoint: Endpoint, *, methods: tuple[str, ...] = ("GET",), most: int = 0
    ) -> Route:
        """`action` without its service, such as GetStatus; `most`: bytes of the body."""

        async def answer(request: Request) -> Response:
            return await self._answer(request, action, endpoint, most)

        return Route(path, answer, methods=list(methods))

    async def _answer(self, request: Request, action: str, endpoint: Endpoint, most: int) -> Response:
        try:
            asked = await self._identifier.identify(request, most)
        except AwsError as unsigned:
            return _refused_unsigned(unsigned)
        error: AwsError | None = AwsError("InternalFailure", "The question could not be answered", 500)
        try:
            self._recorder.check(SERVICE, action)
            self._check(asked, action, request.url.path)
            response = await endpoint(request, asked.body)
            error = _error_of(response)
        except StoreAwayError:
            error = store_is_away()
            response = _refused(error)
        except AwsError as raised:
            error, response = raised, _refused(raised)
        finally:
            unrecorded = self._record(_answered(request, asked, action, error))
        return response if unrecorded is None else _refused(unrecorded)

    def _record(self, answered: Answered) -> AwsError | None:
        """Why it could not be recorded."""
        try:
            self._recorder.write(answered)
        except AwsError as error:
            return error
        return None

    def _check(self, asked: Identified, action: str, path: str) -> None:
        resource = f"arn:aws:limen:{asked.region}:{self._account}:{path.removeprefix(PREFIX)}"
        if not asked.caller.may_anything:
            context = context_of(asked.caller, asked.client, asked.region, time.time())
            check(asked.caller, Asking(f"{SERVICE}:{action}", resource, context))


def _error_of(response: Response) -> AwsError | None:
    status = response.status_code
    return AwsError(f"Status{status}", "", status) if status >= _REFUSED_STATUS else None


def _answered(request: Request, asked: Identified, action: str, error: AwsError | None) -> Answered:
    members: dict[str, Any] = {**request.path_params, **request.query_params}
    return Answered(
        request_id=new_request_id(),
        service=SERVICE,
        operation=action,
        region=asked.region,
        client=asked.client,
        caller=asked.caller,
        access_key_id=asked.caller.access_key_id,
        members=members,
        error=error,
    )


def _refused(error: AwsError) -> Response:
    return JSONResponse({"message": error.message}, error.status, headers={"x-amzn-ErrorType": error.code})


def _refused_unsigned(error: AwsError) -> Response:
    if error.status != 403:
        return _refused(error)
    message = f"Sign this request with an access key of Limen (SigV4, service limen): {error.message}"
    return JSONResponse({"message": message}, 403)
