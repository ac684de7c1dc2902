"""How values of API keys are kept: a digest to find a key by, and a sealed text to show where AWS shows the value.

Both are made with keys that come from the key file, so that whoever has the store alone has no value, and cannot
try whether a guess is one.
"""

from limen.aws.sealing import Seal
from limen.features.usage_plans.records import digest_of
from limen.store.documents import Document
from limen.store.reader import Reader

DIGESTS = "digests of API keys"
VALUES = "values of API keys"
"""The purposes of the two keys that are derived."""


class KeyValues:
    """Owned by the control process; `key`: that of the key file."""

    def __init__(self, key: bytes) -> None:
        self.pepper = Seal(key, DIGESTS).key
        """What workers make digests with."""
        self._seal = Seal(key, VALUES)

    def digest(self, scope: str, value: str) -> str:
        """In hexadecimal digits, as documents have it."""
        return digest_of(self.pepper, scope, value.encode()).hex()

    def close(self, scope: str, key_id: str, value: str) -> str:
        return self._seal.close(value.encode(), f"{scope}/{key_id}")

    def open(self, scope: str, key: Document) -> str | None:
        """None for a key that was stored under another key file."""
        value = self._seal.open(key["_sealed"], f"{scope}/{key['id']}")
        return None if value is None else value.decode()


def find_foreign_keys(reader: Reader, values: KeyValues) -> str:
    """Says that keys were stored under another key file; "" where none was.

    Looks at the oldest: who starts with a wrong key file has none that opens.
    """
    for scope, _, key in reader.all("ApiKey"):
        if values.open(scope, key) is not None:
            break
        return (
            f"the API keys in the store were sealed under another key file (seen at {key['id']}): what clients send is "
            "not known, and no value can be shown. Start with that key file (--key-file), or make new keys"
        )
    return ""
