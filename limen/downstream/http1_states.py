"""Where a client connection stands that speaks HTTP/1.1.

IDLE -> (HEAD ->) (WAITING_ROOM ->) (BODY ->) BUSY -> IDLE         CLOSED from anywhere
"""

from typing import Final

IDLE: Final = 0
HEAD: Final = 1
"""Some of a head has come."""
WAITING_ROOM: Final = 2
"""A body may not be read before the worker has room for it."""
BODY: Final = 3
BUSY: Final = 4
"""An exchange is with the gateway, or the body of its response comes piece by piece."""
CLOSED: Final = 5
