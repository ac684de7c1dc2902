"""Weighs each call of an AWS API by the policies of the one who signed it, before it does anything."""

import time
from collections.abc import Callable

from msgspec.structs import replace

from limen.aws.call import AwsCall
from limen.aws.errors import access_denied
from limen.aws.identities import Principal
from limen.control.access.actions import askings_of
from limen.control.access.context import context_of
from limen.control.access.weigh import Asking, find_denial
from limen.store.reader import Reader


def authorize(call: AwsCall, reader: Reader, clock: Callable[[], float] = time.time) -> None:
    """Raises AccessDeniedException in AWS's words. What needs no signature is for the operation to check."""
    caller = call.caller
    if caller is None or caller.may_anything:
        return
    context = context_of(caller, call.client, call.region, clock())
    for asking in askings_of(call, reader):
        check(caller, replace(asking, context=context | dict(asking.context)))


def check(caller: Principal, asking: Asking) -> None:
    """Raises AccessDeniedException."""
    denial = find_denial(caller, asking)
    if denial is not None:
        raise access_denied(denial.message(caller, asking))
