"""What can go wrong with the store, in words for the person who runs it."""


class StoreError(Exception):
    """The store cannot do what was asked; the message names the file or database and the cause."""


class StoreBusyError(StoreError):
    """Somebody else held the store for longer than we wait."""


class StoreAwayError(StoreError):
    """The database does not answer; what was asked may be asked again when it is back."""


class UnknownKeyError(StoreError):
    """A list was asked to go on after a key that the store has never seen."""
