"""What callers are told while the database does not answer."""

from limen.aws.errors import AwsError, service_unavailable


def store_is_away() -> AwsError:
    """At once; whatever was asked has not been done."""
    return service_unavailable("The database of this server does not answer; what is served goes on. Try again later")
