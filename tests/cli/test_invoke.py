"""`limen invoke`: the payload on standard output, logs beside it, failures in the exit code."""

import base64
from pathlib import Path

from tests.cli.admin import running
from tests.cli.conftest import Limen

PATH = "/2015-03-31/functions/hello/invocations"
LOGS = {"X-Amz-Log-Result": base64.b64encode(b"START\nEND\n").decode()}


def test_an_answer_and_its_logs(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path / "data", {PATH: (200, b'{"a": 1}', LOGS)}, "lambda") as data:
        ended = limen("invoke", "hello", "--payload", "{}", "--data-dir", data.path)

    assert (ended.code, ended.out, ended.err) == (0, '{"a": 1}\n', "START\nEND\n")


def test_an_event_from_a_file_for_an_alias(limen: Limen, tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text("{}")
    with running(tmp_path / "data", {f"{PATH}?Qualifier=live": (200, b"1")}, "lambda") as data:
        ended = limen("invoke", "hello", "--event", "event.json", "--qualifier", "live", "--data-dir", data.path)
        missing = limen("invoke", "hello", "--event", "none.json", "--data-dir", data.path)
        both = limen("invoke", "hello", "--event", "event.json", "--payload", "{}", "--data-dir", data.path)

    assert (ended.code, ended.out) == (0, "1\n")
    assert (missing.code, missing.err) == (1, "limen: cannot read none.json: No such file or directory\n")
    assert both.code == 1


def test_a_function_that_fails_is_1(limen: Limen, tmp_path: Path) -> None:
    answer = (200, b'{"errorMessage": "no"}', {"X-Amz-Function-Error": "Unhandled"})
    with running(tmp_path / "data", {PATH: answer}, "lambda") as data:
        ended = limen("invoke", "hello", "--data-dir", data.path)

    assert (ended.code, ended.out, ended.err) == (
        1,
        '{"errorMessage": "no"}\n',
        "limen: hello failed (Unhandled)\n",
    )


def test_an_event_is_handed_over(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path / "data", {PATH: (202, b"")}, "lambda") as data:
        ended = limen("invoke", "hello", "--async", "--data-dir", data.path)

    assert (ended.code, ended.out, ended.err) == (0, "", "accepted\n")


def test_a_function_that_is_not_there_is_named(limen: Limen, tmp_path: Path) -> None:
    answer = (404, {"Message": "Function not found: hello"}, {"x-amzn-ErrorType": "ResourceNotFoundException"})
    with running(tmp_path / "data", {PATH: answer}, "lambda") as data:
        ended = limen("invoke", "hello", "--data-dir", data.path)

    assert ended.code == 1
    assert "Function not found: hello" in ended.err


def test_nobody_there(limen: Limen, tmp_path: Path) -> None:
    ended = limen("invoke", "hello", "--data-dir", tmp_path / "none")

    assert ended.code == 1
    assert "start limen serve first" in ended.err
