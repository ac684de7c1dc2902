"""Runs an operation: one that changes something in one transaction, one that only asks in a reader."""

from collections.abc import Callable
from typing import cast

from limen.aws.call import AwsCall
from limen.aws.errors import conflict, not_implemented
from limen.control.access.guard import authorize
from limen.control.call import Answer, Call, ControlSettings
from limen.control.operations import OPERATIONS
from limen.control.rates import CallRates
from limen.store.errors import StoreBusyError
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


def make_invoke(store: Store, settings: ControlSettings) -> Callable[[AwsCall], Answer]:
    """What it gives is called by one thread at a time; it raises AwsError, for what the caller may not do among it."""
    rates = CallRates()

    def invoke(aws: AwsCall) -> Answer:
        if aws.caller is not None and not aws.caller.may_anything:
            with store.reader() as reader:
                authorize(aws, reader)
        operation = OPERATIONS.get(aws.service, {}).get(aws.operation)
        if operation is None:
            raise not_implemented(aws.operation)
        if settings.quotas_enforced:
            rates.check(aws)
        if aws.operation.startswith(READS):
            with store.reader() as reader:
                return operation(Call(aws, cast(Transaction, reader), settings), aws.members)
        try:
            with store.transaction() as transaction:
                return operation(Call(aws, transaction, settings), aws.members)
        except StoreBusyError as error:
            raise conflict(
                "Unable to complete operation due to concurrent modification. Please try again later."
            ) from error

    return invoke
