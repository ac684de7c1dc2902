"""How a command says that it failed."""


class CommandError(Exception):
    """Ends the command with exit code 1; the message is all that is printed."""
