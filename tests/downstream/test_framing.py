"""The smuggling corpus: cases/framing/*.txt, each case the bytes sent and what has to come back.

A case is a title behind `==`, lines of bytes with Python's escapes (line ends of the file do not count), and behind
`->` the statuses of all responses, then `open` or `closed`; then, line by line, `body:` or `target:` of the exchanges.
"""

from pathlib import Path

import pytest

from tests.downstream.serving import Answers, Served

CASES = Path(__file__).parent.parent / "cases" / "framing"


def read_cases() -> list[tuple[str, bytes, str, list[str]]]:
    cases = []
    for file in sorted(CASES.glob("*.txt")):
        for text in file.read_text().split("== ")[1:]:
            title, *lines = text.strip().splitlines()
            arrow = next(number for number, line in enumerate(lines) if line.startswith("-> "))
            sent = "".join(lines[:arrow]).encode("latin-1").decode("unicode_escape").encode("latin-1")
            cases.append((f"{file.stem}: {title}", sent, lines[arrow][3:], lines[arrow + 1 :]))
    return cases


@pytest.mark.parametrize(("sent", "outcome", "seen"), [pytest.param(*case[1:], id=case[0]) for case in read_cases()])
def test_framing(echoing: Served, sent: bytes, outcome: str, seen: list[str]) -> None:
    *statuses, end = outcome.split()
    with echoing.connect() as sock:
        sock.sendall(sent)
        answers = Answers(sock)
        found = [answers.next() for _ in statuses]
        assert [str(answer.status) for answer in found] == statuses
        served = [answer.json() for answer in found if answer.status == 200]
        for line, exchange in zip(seen, served, strict=False):
            what, _, value = line.partition(": ")
            assert exchange[what.removesuffix(":")] == value
        for answer in found:
            if answer.status != 200:
                assert answer.headers["connection"] == "close"
                assert "message" in answer.json()
        if end == "closed":
            assert answers.is_closed()
        else:
            sock.sendall(b"GET /still-there HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answers.next().json()["target"] == "/still-there"


def test_framing_does_not_depend_on_packets(echoing: Served) -> None:
    for title, sent, outcome, _ in read_cases():
        *statuses, _ = outcome.split()
        if len(statuses) != 1 or len(sent) > 400:
            continue
        with echoing.connect() as sock:
            answers = Answers(sock)
            try:
                for position in range(0, len(sent), 3):
                    sock.sendall(sent[position : position + 3])
                assert [str(answers.next().status)] == statuses, title
            except (ConnectionResetError, BrokenPipeError):
                assert statuses == ["400"], title
