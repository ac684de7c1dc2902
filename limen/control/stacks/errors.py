"""What is wrong with a template, and where."""

from limen.control.openapi.source import Pointer


class TemplateError(Exception):
    """A template cannot be deployed; `pointer` says where the cause stands in it, () where nowhere in particular."""

    def __init__(self, message: str, pointer: Pointer = ()) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer
