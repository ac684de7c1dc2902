"""Request ids in the form of API Gateway's extended request id: 15 base64 characters and `=`."""

import os
from binascii import b2a_base64
from collections.abc import Iterator

_BATCH = 256
_BYTES = 11


def _random_ids() -> Iterator[bytes]:
    """One system call for 256 ids: a call for each would cost more than the rest of the id."""
    while True:
        pool = os.urandom(_BYTES * _BATCH)
        yield from [b2a_base64(pool[start : start + _BYTES], newline=False) for start in range(0, len(pool), _BYTES)]


next_request_id = _random_ids().__next__
