"""`logging` in a function: as AWS sets it up, at the price of those who import it."""

import json
import re
import sys

import pytest

from tests.support.running_function import running

RUNTIME = "python{}.{}".format(*sys.version_info)

LOGS = """
import logging
logging.warning("at start")
logger = logging.getLogger("pets")
def handler(event, context):
    print(logging.getLogger().level)
    logger.info("quiet")
    logger.warning("found %d", 3, extra={"pet": "cat"})
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception({"was": "zero"})
"""


def printed_with(variables: dict[str, str]) -> list[str]:
    with running({"app.py": LOGS}, "app.handler", RUNTIME, variables) as function:
        function.result({})
        return function.end().splitlines()


def test_lines_are_those_of_aws() -> None:
    lines = printed_with({})

    assert re.fullmatch(r"\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t\tat start", lines[0])
    assert lines[1] == "30"
    assert re.fullmatch(r"\[WARNING\]\t\S+Z\tr-1\tfound 3", lines[2])
    assert re.fullmatch(r"\[ERROR\]\t\S+Z\tr-1\t\{'was': 'zero'\}", lines[3])
    assert (lines[4], lines[-1]) == ("Traceback (most recent call last):", "ZeroDivisionError: division by zero")


def test_json_lines_have_levels_and_fields() -> None:
    lines = printed_with({"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"})

    assert lines[1] == "20"
    quiet, found, failed = (json.loads(line) for line in lines[2:])
    assert (quiet["level"], quiet["message"]) == ("INFO", "quiet")
    assert {**found, "timestamp": ""} == {
        "timestamp": "",
        "level": "WARNING",
        "message": "found 3",
        "logger": "pets",
        "requestId": "r-1",
        "pet": "cat",
    }
    assert (failed["message"], failed["errorType"]) == ({"was": "zero"}, "ZeroDivisionError")
    assert failed["errorMessage"] == "division by zero"
    assert failed["location"].endswith("app.py:handler:12")
    assert failed["stackTrace"][0].splitlines()[1] == "    1 / 0"


def test_an_error_is_one_line_of_json() -> None:
    variables = {"AWS_LAMBDA_LOG_FORMAT": "JSON"}
    with running(
        {"app.py": "def handler(event, context): raise KeyError('a')\n"}, "app.handler", RUNTIME, variables
    ) as f:
        f.error({})
        line = json.loads(f.end())

    assert (line["level"], line["errorType"], line["errorMessage"]) == ("ERROR", "KeyError", "'a'")


def test_logging_is_not_loaded_for_those_who_do_not_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    heavy = "[name for name in ('logging', 'json', 're', 'traceback', 'socket', 'typing') if name in sys.modules]"
    code = f"import sys\ndef handler(event, context):\n    return {heavy}\n"
    with running({"app.py": code}, "app.handler", RUNTIME) as function:
        assert function.result({}) == []
