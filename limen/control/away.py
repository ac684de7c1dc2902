"""What callers are told while the database does not answer."""

import time

from limen.aws.errors import AwsError, service_unavailable
from limen.control.publisher import Publisher
from limen.store.store import Store


def describe_absence(store: Store, publisher: Publisher) -> str | None:
    """None while the database is there."""
    since = store.away_since
    if since is None:
        return None
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since))
    where = " from disk" if publisher.is_from_disk else ""
    return f"away since {began}, serving revision {publisher.revision}{where}"


def store_is_away() -> AwsError:
    """At once; whatever was asked has not been done."""
    return service_unavailable("The database of this server does not answer; what is served goes on. Try again later")
