"""What goes wrong where policies are read."""


class NotUnderstoodError(Exception):
    """An element, operator or value that this reader does not know; the message says which."""
