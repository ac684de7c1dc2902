"""Random identifiers in the forms that AWS uses."""

import secrets
import string
from uuid import uuid4

_ALPHABET = string.ascii_lowercase + string.digits


def new_id(length: int) -> str:
    """Lower-case letters and digits, unguessable, such as the 10 characters of an API's id."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_request_id() -> str:
    """What x-amzn-RequestId carries: a UUID."""
    return str(uuid4())
