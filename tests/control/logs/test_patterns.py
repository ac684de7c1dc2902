"""Which messages a filter pattern shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.errors import AwsError
from limen.control.logs.patterns import compile_pattern


def shows(pattern: str, message: str) -> bool:
    matches = compile_pattern(pattern)
    return matches is None or matches(message)


@pytest.mark.parametrize(
    ("pattern", "message", "shown"),
    [
        ("", "anything", True),
        ("ERROR", "[ERROR 400] BAD", True),
        ("ERROR", "[error 400] BAD", False),
        ("ERROR BAD", "[ERROR 400] BAD", True),
        ("ERROR GOOD", "[ERROR 400] BAD", False),
        ('"ERROR 400"', "[ERROR 400] BAD", True),
        ('"ERROR  400"', "[ERROR 400] BAD", False),
        (r'"say \"hi\""', 'say "hi" now', True),
        ("ERROR -BAD", "[ERROR 400] BAD", False),
        ("-BAD", "fine", True),
        ('ERROR -"400] BAD"', "[ERROR 401] BAD", True),
        ("?ERROR ?WARN", "WARN: low", True),
        ("?ERROR ?WARN", "INFO: low", False),
        ("?ERROR low", "INFO: low", True),
        ("%[45]0[0-9]%", "status 404", True),
        ("%[45]0[0-9]%", "status 204", False),
        ("-%[45]0[0-9]%", "status 404", False),
    ],
)
def test_terms(pattern: str, message: str, shown: bool):
    assert shows(pattern, message) is shown


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ('{ $.level = "ERROR" }', True),
        ("{ $.level = ERROR }", True),
        ('{ $.level = "ERR*" }', True),
        ('{ $.level = "WARN" }', False),
        ('{ $.level != "WARN" }', True),
        ('{ $.missing != "WARN" }', False),
        ("{ $.ms > 100 }", True),
        ("{ $.ms >= 150 && $.ms <= 150.0 }", True),
        ("{ $.ms < 1e2 }", False),
        ("{ $.ms = 150 }", True),
        ('{ $.ms = "150" }', False),
        ('{ $.user.names[1] = "b" }', True),
        ('{ $.user["two words"] = 1 }', True),
        ("{ $.nothing IS NULL }", True),
        ("{ $.missing IS NULL }", False),
        ("{ $.missing NOT EXISTS }", True),
        ("{ $.yes IS TRUE }", True),
        ("{ $.yes IS FALSE }", False),
        ("{ $.yes = 1 }", False),
        ('{ $.level = "WARN" || $.ms > 100 && $.yes IS TRUE }', True),
        ('{ ($.level = "WARN" || $.ms > 100) && $.yes IS FALSE }', False),
        ("{ $.level = %^E.*R$% }", True),
        ("{ $.level=ERROR&&$.ms=150 }", True),
    ],
)
def test_json(pattern: str, shown: bool):
    message = (
        '{"level": "ERROR", "ms": 150, "user": {"names": ["a", "b"], "two words": 1}, "nothing": null, "yes": true}'
    )
    assert shows(pattern, message) is shown
    assert not shows(pattern, "no JSON")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[ip, user, status = 4*]", "does not implement patterns of space-delimited fields"),
        ('"no end', "a quote without its end"),
        ("%(%", "%(%"),
        ("{ $.a = 1", "closing brace"),
        ("{ $.a }", "it ends where a comparison should follow"),
        ("{ a = 1 }", "selector"),
        ("{ $.a > b }", "number"),
        ("{ $.a IS ODD }", "IS ODD is not a test"),
        ("{ ($.a = 1 }", "closing parenthesis"),
        ("{ $.a = 1 $.b = 2 }", "was not expected"),
        ("{ " + "(" * 60 + " }", "parentheses"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str, reason: str):
    with pytest.raises(AwsError) as raised:
        compile_pattern(pattern)
    assert raised.value.code == "InvalidParameterException"
    assert reason in raised.value.message


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_pattern_or_refused(pattern: str, message: str):
    try:
        shows(pattern, message)
        shows("{" + pattern + "}", message)
    except AwsError as error:
        assert error.code == "InvalidParameterException"
