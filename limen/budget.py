"""Counts the bytes of bodies that a worker holds at once, so that memory has a bound whatever clients send."""

from collections import deque
from collections.abc import Callable


class Budget:
    """Owned by a worker; shared by downstream (request bodies) and upstream (response bodies)."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self._waiting: deque[Callable[[], None]] = deque()

    def take(self, size: int) -> bool:
        """Takes `size` bytes if there is room; a body larger than the whole budget passes when nothing else is held."""
        if self.taken + size > self.limit and self.taken:
            return False
        self.taken += size
        return True

    def give(self, size: int) -> None:
        """Gives bytes back and wakes those who wait, in the order in which they came, while there is room."""
        self.taken -= size
        for _ in range(len(self._waiting)):
            if self.taken >= self.limit:
                return
            self._waiting.popleft()()

    def wait_room(self, ready: Callable[[], None]) -> None:
        """Calls `ready` once when bytes have been given back; it takes again, and may have to wait again."""
        self._waiting.append(ready)

    def stop_waiting(self, ready: Callable[[], None]) -> None:
        """For a peer that went away or ran out of time while it waited."""
        if ready in self._waiting:
            self._waiting.remove(ready)
