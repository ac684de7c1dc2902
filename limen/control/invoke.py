"""Runs an operation: one that changes something in one transaction, one that only asks in a reader."""

from collections.abc import Callable
from typing import Any, cast

from limen.aws.call import AwsCall
from limen.aws.errors import conflict, not_implemented
from limen.control.access.guard import authorize
from limen.control.away import store_is_away
from limen.control.call import Answer, Aside, Call, ControlSettings, Inquiry
from limen.control.operations import OPERATIONS
from limen.control.rates import CallRates
from limen.store.errors import StoreAwayError, StoreBusyError
from limen.store.store import Store
from limen.store.transaction import Transaction

READS = (
    "Get",
    "List",
    "Export",
    "TestInvoke",
    "Invoke",
    "Describe",
    "Filter",
    "PutLogEvents",
    "AssumeRole",
    "Simulate",
)
"""How the names of operations begin that change no document."""


WRITES = frozenset({"ExportCertificate", "GetUserAttributeVerificationCode"})
"""Those that do, whatever their name."""


def changes_documents(operation: str) -> bool:
    return operation in WRITES or not operation.startswith(READS)


def concerns_workers(aws: AwsCall) -> bool:
    """Whether the answer waits until workers serve the change: of user pools they know the keys alone."""
    if aws.service == "cognito-idp":
        return aws.operation in ("CreateUserPool", "DeleteUserPool")
    return changes_documents(aws.operation)


def make_invoke(store: Store, settings: ControlSettings) -> "Invoke":
    return Invoke(store, settings)


class Invoke:
    """Called by one thread at a time; raises AwsError, also for what the caller may not do."""

    def __init__(self, store: Store, settings: ControlSettings) -> None:
        self._store = store
        self._settings = settings
        self._rates = CallRates()

    def __call__(self, aws: AwsCall) -> Answer:
        try:
            return self._begin(aws)
        except StoreAwayError:
            raise store_is_away() from None

    def _begin(self, aws: AwsCall) -> Answer:
        if aws.caller is not None and not aws.caller.may_anything:
            with self._store.reader() as reader:
                authorize(aws, reader)
        operation = OPERATIONS.get(aws.service, {}).get(aws.operation)
        if operation is None:
            raise not_implemented(aws.operation)
        if self._settings.quotas_enforced:
            self._rates.check(aws)
        return self._run(aws, lambda call: operation(call, aws.members))

    def go_on(self, aws: AwsCall, aside: Aside | Inquiry, result: Any) -> Answer:
        """What the operation answers when its work aside is done, or its question answered."""
        try:
            return self._run(aws, lambda call: aside.go_on(call, result))
        except StoreAwayError:
            raise store_is_away() from None

    def _run(self, aws: AwsCall, run: Callable[[Call], Answer]) -> Answer:
        if not changes_documents(aws.operation):
            with self._store.reader() as reader:
                return run(Call(aws, cast(Transaction, reader), self._settings, self._settings.clock.text()))
        try:
            with self._store.transaction() as transaction:
                return run(Call(aws, transaction, self._settings, self._settings.clock.text()))
        except StoreBusyError as error:
            raise conflict(
                "Unable to complete operation due to concurrent modification. Please try again later."
            ) from error
