"""What the developer guide's tables and worked examples say, sent over the wire: the cases are in tests/cases/rest."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.client import Answer
from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import Recorded, RecordingBackend
from tests.support.rest_cases import all_cases, as_bytes, deploy_cases, each_header, read_case_file, send_case

CASES = list(all_cases())
FindApi = Callable[[str], str]


@pytest.fixture(scope="module")
def shared_backend() -> Iterator[RecordingBackend]:
    running = RecordingBackend()
    yield running
    running.close()


@pytest.fixture(scope="module")
def find_api(limen: LimenProcess, shared_backend: RecordingBackend) -> FindApi:
    """Each file's API is made when its first case comes."""
    made: dict[str, str] = {}

    def find(name: str) -> str:
        if name not in made:
            made[name] = deploy_cases(limen, read_case_file(name), name, shared_backend.url)
        return made[name]

    return find


@pytest.mark.parametrize(("name", "index"), [case[:2] for case in CASES], ids=[case[2] for case in CASES])
def test_a_documented_case(
    limen: LimenProcess, shared_backend: RecordingBackend, find_api: FindApi, name: str, index: int
) -> None:
    case = read_case_file(name).cases[index]
    api_id = find_api(name)
    shared_backend.forget()
    if "backend" in case:
        scripted = case["backend"]
        path = scripted.get("path") or case["send"].split(" ")[1].partition("?")[0]
        headers = tuple(each_header(scripted.get("headers", {})))
        shared_backend.script(
            path, scripted.get("status", 200), headers, as_bytes(scripted.get("body")), scripted.get("delay", 0)
        )

    answer = send_case(limen, api_id, case)

    if "asks" in case:
        assert len(shared_backend.requests) == (case["asks"] is not None), answer
        if case["asks"] is not None:
            check_request(shared_backend.last, case["asks"], api_id)
    check_answer(answer, case.get("answers", {}), api_id)


def check_request(asked: Recorded, expected: dict[str, Any], api_id: str) -> None:
    assert asked.method == expected.get("method", asked.method)
    assert asked.target == expected.get("target", asked.target)
    check_headers(asked.headers, expected, api_id)
    check_body(asked.body, expected)


def check_answer(answer: Answer, expected: dict[str, Any], api_id: str) -> None:
    assert answer.status == expected.get("status", 200), answer
    check_headers(answer.headers, expected, api_id)
    check_body(answer.body, expected)


def check_headers(headers: list[tuple[str, str]], expected: dict[str, Any], api_id: str) -> None:
    """`/.../` is a pattern; `names` are all that there are."""
    for name, value in expected.get("headers", {}).items():
        found = [text for key, text in headers if key == name.lower()]
        wanted = str(value).replace("{api}", api_id)
        if wanted.startswith("/") and wanted.endswith("/"):
            assert len(found) == 1, (name, headers)
            assert re.fullmatch(wanted[1:-1], found[0]), (name, found)
        else:
            assert found == (value if isinstance(value, list) else [wanted]), (name, headers)
    for name in expected.get("without", []):
        assert name.lower() not in dict(headers), headers
    if "names" in expected:
        assert sorted(name for name, _ in headers) == sorted(name.lower() for name in expected["names"])


def check_body(body: bytes, expected: dict[str, Any]) -> None:
    if "json" in expected:
        assert json.loads(body) == expected["json"], body
    if "body" in expected:
        assert body == as_bytes(expected["body"])
    for text in expected.get("contains", []):
        assert text in body.decode(), body
