"""Filter patterns: which messages FilterLogEvents shows.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. Text patterns are here, those of
JSON in `json_patterns`; patterns of space-delimited fields are refused.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

from limen.aws.errors import AwsError
from limen.control.logs.errors import invalid_parameter
from limen.control.logs.json_patterns import JsonPatternError, compile_expression, compile_json_pattern

Matches: TypeAlias = Callable[[str], bool]
"""Whether a message is shown."""

_TERM = re.compile(r'\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)+)%|([^\s"]+))')


def compile_pattern(pattern: str) -> Matches | None:
    """None where every message is shown; AwsError where it is no pattern."""
    text = pattern.strip()
    if not text:
        return None
    if text.startswith("["):
        raise invalid_parameter(
            "Invalid filter pattern: Limen does not implement patterns of space-delimited fields, [a, b, c]; "
            'use terms or { $.field = "value" }'
        )
    try:
        return compile_json_pattern(text) if text.startswith("{") else _compile_terms(text)
    except JsonPatternError as error:
        raise _invalid(str(error)) from None


def _compile_terms(text: str) -> Matches:
    """All plain terms, none with a minus, one at least with a question mark, which counts where it has no others."""
    terms: dict[str, list[Matches]] = {"": [], "-": [], "?": []}
    end = 0
    while end < len(text):
        found = _TERM.match(text, end)
        if found is None:
            raise _invalid(f"a quote without its end at {end}")
        sign, quoted, expression, plain = found.groups()
        terms[sign].append(_compile_term(quoted, expression, plain))
        end = found.end()
    required, excluded, optional = terms[""], terms["-"], terms["?"]
    if optional and not required and not excluded:
        return lambda message: any(matches(message) for matches in optional)
    return lambda message: (
        all(matches(message) for matches in required) and not any(matches(message) for matches in excluded)
    )


def _compile_term(quoted: str | None, expression: str | None, plain: str | None) -> Matches:
    if expression is not None:
        return compile_expression(expression)
    term = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return lambda message: term in message if term is not None else False


def _invalid(reason: str) -> AwsError:
    return invalid_parameter(f"Invalid filter pattern: {reason}")
