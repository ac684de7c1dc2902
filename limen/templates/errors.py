"""What goes wrong in a template: said with its name, line, column and reference."""


class TemplateError(Exception):
    """`template NAME, line L, column C: $reference: reason`; the reference is left out where there is none."""

    def __init__(self, template: str, line: int, column: int, reference: str, reason: str) -> None:
        place = f"template {template}, line {line}, column {column}"
        super().__init__(f"{place}: {reference}: {reason}" if reference else f"{place}: {reason}")
        self.template = template
        self.line = line
        self.column = column
        self.reference = reference
        self.reason = reason


class Trouble(Exception):  # noqa: N818 - not an error of its own: it becomes a TemplateError where the place is known
    """Raised by values and variables, which do not know where in a template they are used."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
