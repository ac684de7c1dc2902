"""Request ids: API Gateway's extended request id, 15 base64 characters and `=`, and UUIDs.

One system call for many ids: a call for each would cost more than the rest of the id.
"""

import os
from binascii import b2a_base64
from collections.abc import Iterator

_BATCH = 256
_BYTES = 11
_UUIDS = 64


def _random_ids() -> Iterator[bytes]:
    while True:
        pool = os.urandom(_BYTES * _BATCH)
        yield from [b2a_base64(pool[start : start + _BYTES], newline=False) for start in range(0, len(pool), _BYTES)]


next_request_id = _random_ids().__next__


def _random_uuids() -> Iterator[str]:
    """Of version 4 (RFC 9562, section 5.4)."""
    while True:
        pool = os.urandom(16 * _UUIDS)
        for start in range(0, len(pool), 16):
            digits = pool[start : start + 16].hex()
            variant = "89ab"[int(digits[16], 16) & 3]
            yield f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


next_uuid = _random_uuids().__next__
