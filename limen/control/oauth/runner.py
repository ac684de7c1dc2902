"""Runs endpoints as operations of the control process are run: one at a time, each in a transaction."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from limen.aws.call import AwsCall, Client
from limen.aws.errors import AwsError
from limen.control.asides import Asides
from limen.control.call import Answer, Aside, Call, ControlSettings, Inquiry
from limen.store.errors import StoreAwayError, StoreBusyError
from limen.store.store import Store

Endpoint = Callable[[Call], Answer]


class Runner:
    """`asides` does what takes long, together with that of all other operations."""

    def __init__(self, store: Store, settings: ControlSettings, asides: Asides) -> None:
        self._store = store
        self._settings = settings
        self._asides = asides

    async def run(self, endpoint: Endpoint, address: str) -> Any:
        """Raises what the endpoint raises; nothing has changed then. `address`: of the client."""
        aws = AwsCall(
            service="cognito-idp",
            operation="InitiateAuth",
            members={},
            account=self._settings.account,
            region="",
            access_key_id="",
            request_id=str(uuid4()),
            client=Client(address),
        )

        def go_on(aside: Aside | Inquiry, result: Any) -> Answer:
            return self._run(aws, lambda call: aside.go_on(call, result))

        return await self._asides.run(partial(self._run, aws, endpoint), go_on)

    def _run(self, aws: AwsCall, endpoint: Endpoint) -> Answer:
        try:
            with self._store.transaction() as transaction:
                return endpoint(Call(aws, transaction, self._settings))
        except (StoreBusyError, StoreAwayError):
            raise AwsError("ServiceUnavailable", "Try again in a moment.", 503) from None
