"""How a command says that it failed."""


class CommandError(Exception):
    """Ends the command with exit code 1; the message is all that is printed."""


class RefusedError(CommandError):
    """The server answered with an error; `code` is that of AWS, such as ResourceNotFoundException, where it has one."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code
