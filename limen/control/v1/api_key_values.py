"""Values of API keys as operations make, find and show them; documents have a digest and a sealed text of each."""

import re
import secrets
import string

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.usage_plans.documents import INDEX
from limen.store.documents import Document

SHORTEST, LONGEST = 20, 128
GENERATED_LENGTH = 40

_ALPHABET = string.ascii_letters + string.digits
_SENDABLE = re.compile(r"[\x20-\x7e]*")
"""What a header can carry."""


def new_value() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(GENERATED_LENGTH))


def check_value(value: str, shortest: int = SHORTEST) -> None:
    if len(value) < shortest:
        raise bad_request(f"API Key value should be at least {shortest} characters")
    if len(value) > LONGEST:
        raise bad_request(f"API Key value exceeds maximum size of {LONGEST} characters")
    if not _SENDABLE.fullmatch(value):
        raise bad_request("API Key value should only contain characters that a header can carry")


def find_by_value(call: Call, value: str) -> Document | None:
    entry = call.documents.get(INDEX, call.scope, call.settings.key_values.digest(call.scope, value))
    return None if entry is None else call.documents.get("ApiKey", call.scope, entry["id"])


def sealed(call: Call, key_id: str, value: str) -> Document:
    """The members of a document that stand for the value."""
    values = call.settings.key_values
    return {"_digest": values.digest(call.scope, value), "_sealed": values.close(call.scope, key_id, value)}


def value_of(call: Call, key: Document) -> str:
    value = call.settings.key_values.open(call.scope, key)
    if value is None:
        raise bad_request(
            f"The value of API key {key['id']} cannot be shown: it was sealed under another key file. "
            "Start Limen with that one (--key-file), or make a new key"
        )
    return value
