"""A change of a domain name carried out: checked, its truststore read where the call says so, and stored."""

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import Struct

from limen.aws.errors import conflict
from limen.control.call import Answer, Aside, Call
from limen.control.domains.certificates import take_certificates
from limen.control.domains.checks import check_domain
from limen.control.domains.documents import DOMAIN, place_of
from limen.control.domains.truststores import (
    ReadContent,
    forget_content,
    is_kept,
    keep_content,
    read_content,
)
from limen.store.documents import Document


class Change(Struct, frozen=True):
    """`before`: None for a new one."""

    before: Document | None
    after: Document
    names_truststore: bool
    """Whether the call says where the truststore is, or which version of it: it is read again, though it may be the
    same place, for that is how an owner says that the object has changed."""


Changing = Callable[[Call], Change]
"""Makes the change of a call from the documents as they are; called again when a truststore has been read."""
Shown = Callable[[Call, Document], dict[str, Any]]


def carry_out(call: Call, changing: Changing, shown: Shown) -> Answer:
    """What is wrong with the call itself is told before anything is read, and nothing is stored until it was."""
    change = changing(call)
    check_domain(call, change.after)
    place = place_of(change.after)
    if place is None or not (change.names_truststore or not is_kept(call, change.after)):
        return shown(call, _store(call, change, None))
    return Aside(partial(read_content, call.settings, place), partial(_go_on, changing, shown))


def _go_on(changing: Changing, shown: Shown, call: Call, read: ReadContent) -> Answer:
    change = changing(call)
    check_domain(call, change.after)
    if place_of(change.after) != read.place:
        raise conflict("Unable to complete operation due to concurrent modification. Please try again later.")
    return shown(call, _store(call, change, read))


def _store(call: Call, change: Change, read: ReadContent | None) -> Document:
    domain = change.after
    take_certificates(call, change.before, domain)
    if read is not None:
        keep_content(call, domain, read)
    elif place_of(domain) is None:
        forget_content(call, domain)
    call.documents.put(DOMAIN, call.scope, domain["domainName"], domain)
    return domain
