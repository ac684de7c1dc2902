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


_VERSION = bytes(0x40 | byte & 0x0F for byte in range(256))
_VARIANT = bytes(0x80 | byte & 0x3F for byte in range(256))


def _random_uuids() -> Iterator[str]:
    """Of version 4 (RFC 9562, section 5.4)."""
    while True:
        pool = bytearray(os.urandom(16 * _UUIDS))
        pool[6::16] = pool[6::16].translate(_VERSION)
        pool[8::16] = pool[8::16].translate(_VARIANT)
        digits = pool.hex()
        yield from [
            f"{digits[at : at + 8]}-{digits[at + 8 : at + 12]}-{digits[at + 12 : at + 16]}"
            f"-{digits[at + 16 : at + 20]}-{digits[at + 20 : at + 32]}"
            for at in range(0, len(digits), 32)
        ]


next_uuid = _random_uuids().__next__
