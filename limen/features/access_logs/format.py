"""From the text of an access log format to a function that writes the line of an exchange.

What a client can choose (paths, user agents, hosts) is escaped for the kind of format that it stands in, so that a
line stays one line and a JSON format stays JSON, whoever calls.
"""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

from limen.gateway.context import Read, Variable
from limen.gateway.escapes import Escape, escape_csv, escape_json, escape_text, escape_xml
from limen.gateway.exchange import Exchange

Line: TypeAlias = Callable[[Exchange], str]
FindVariable: TypeAlias = Callable[[str], Variable]
"""What `$context.{name}` is to APIs of one type."""

_NAME = r"[A-Za-z0-9_-]+"
_VARIABLE = re.compile(
    rf"\$context\.(authorizer\.claims(?:\.{_NAME}(?::{_NAME})+|\['[^'\[\]\n]+'\])|{_NAME}(?:\.{_NAME})*)"
)
"""Claims have colons in their names, such as `cognito:groups`; dots, where they stand in brackets."""
MISSING = "-"


def compile_format(text: str, find_variable: FindVariable) -> Line:
    """The line of an exchange, with its newline. A variable without a value is `-`, as AWS writes it."""
    text = text.rstrip("\r\n")
    escape = _escape_for(text)
    literals = _VARIABLE.split(text)[::2]
    template = "%s".join(part.replace("%", "%%") for part in literals) + "\n"
    names = _VARIABLE.findall(text)
    is_quoted = [before[-1:] == after[:1] == '"' for before, after in pairwise(literals)]
    reads = tuple(
        _compile_value(name, find_variable, escape, quoted) for name, quoted in zip(names, is_quoted, strict=True)
    )
    if len(reads) == 1:
        return _compile_single(template, reads[0])

    def line(exchange: Exchange) -> str:
        return template % tuple([read(exchange) or MISSING for read in reads])

    return line


def _compile_single(template: str, read: Read) -> Line:
    def line(exchange: Exchange) -> str:
        return template % (read(exchange) or MISSING)

    return line


def _compile_value(name: str, find_variable: FindVariable, escape: Escape, is_quoted: bool) -> Read:
    variable = find_variable(name.replace("['", ".").removesuffix("']"))
    if name == "error.messageString" and not is_quoted and escape is not escape_csv:
        return _with_quotes(find_variable("error.message").read, escape)
    # Inside other quotes its own ones stand for themselves.
    if variable.is_plain and not (is_quoted and name == "error.messageString"):
        return variable.read
    read_raw = variable.read

    def read(exchange: Exchange) -> str | None:
        value = read_raw(exchange)
        return None if value is None else escape(value)

    return read


def _with_quotes(read_message: Read, escape: Escape) -> Read:
    """What a client can choose of a message is escaped, the quotes around it are not."""

    def read(exchange: Exchange) -> str | None:
        message = read_message(exchange)
        return None if message is None else f'"{escape(message)}"'

    return read


def _escape_for(text: str) -> Escape:
    """A format is taken for what it begins as; one of variables and commas alone is CSV."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return escape_json
    if start == "<":
        return escape_xml
    if "," in text and not _VARIABLE.sub("", text).strip(","):
        return escape_csv
    return escape_text
