"""What `limen users` asks of the admin port: under which URLs a pool is found."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.access.questions import Questions
from limen.control.call import Call, ControlSettings
from limen.control.oauth.places import pages_url
from limen.control.pools.documents import find_pool
from limen.store.store import Store

PATH = "/_limen/pools"


class PoolUrls:
    def __init__(
        self,
        store: Store,
        settings: ControlSettings,
        in_operations: Callable[[Callable[[], Any]], Awaitable[Any]],
    ) -> None:
        self._store = store
        self._settings = settings
        self._in_operations = in_operations

    def routes(self, questions: Questions) -> list[Route]:
        async def endpoint(request: Request, _: bytes) -> Response:
            pool_id = request.path_params["pool_id"]
            try:
                return JSONResponse(await self._in_operations(lambda: self._find(pool_id)))
            except AwsError as error:
                return JSONResponse({"message": error.message}, 404)

        return [questions.route(PATH + "/{pool_id}", "DescribePoolUrls", endpoint)]

    def _find(self, pool_id: str) -> dict[str, str]:
        aws = AwsCall("cognito-idp", "DescribeUserPool", {}, self._settings.account, "", "", str(uuid4()))
        with self._store.transaction() as transaction:
            call = Call(aws, transaction, self._settings)
            pages = pages_url(call, find_pool(call, pool_id))
        return {"issuer": self._settings.issuer_of(pool_id), "pages": pages}
