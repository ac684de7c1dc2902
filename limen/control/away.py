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
    where = " from disk" if publisher.is_from_disk else ""
    return f"away since {_moment(since)}, serving revision {publisher.revision}{where}"


def describe_lost_state(publisher: Publisher) -> str | None:
    """None while all workers have the shared state, or had no need of it since they started."""
    lost = [follower.lost_state for follower in publisher.followers if follower.lost_state is not None]
    if not lost:
        return None
    return f"away since {_moment(min(lost))} for {len(lost)} of the workers, which keep limits by themselves"


def store_is_away() -> AwsError:
    """At once; whatever was asked has not been done."""
    return service_unavailable("The database of this server does not answer; what is served goes on. Try again later")


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
