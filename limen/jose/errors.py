"""What is wrong with a token or a key."""


class TokenError(Exception):
    """Raised for what is no token that Limen reads; `part` is `header`, `payload`, `signature` or `token`.

    The message is for logs, and holds nothing of the token.
    """

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"{part}: {reason}")
        self.part = part


class KeyRefusedError(Exception):
    """Raised for a key that is not used to verify anything; the message says why."""
