"""What ribs need of what lies elsewhere, as Protocols; bound where plans are compiled."""

from typing import Protocol

from limen.upstream.call import Call


class Sends(Protocol):
    """The backend's side of the wire."""

    def send(self, call: Call) -> None:
        """Answers by `call.responded` or `call.failed`, once, after this has returned."""
