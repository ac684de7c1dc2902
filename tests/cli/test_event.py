"""`limen event`: what is typed is in the event that comes out."""

import json
from pathlib import Path

from tests.cli.conftest import Limen


def test_a_request_as_it_was_typed(limen: Limen) -> None:
    typed = ["--path", "pets/1", "--method", "post", "--body", "{}", "--header", "A=b=c", "--query", "x=1", "--query"]
    ended = limen("event", "apigateway-proxy", *typed, "x=2", "--stage", "dev", "--resource", "/pets/{id}")

    event = json.loads(ended.out)
    assert ended.code == 0
    assert (event["path"], event["resource"], event["httpMethod"], event["body"]) == (
        "/pets/1",
        "/pets/{id}",
        "POST",
        "{}",
    )
    assert event["headers"]["A"] == "b=c"
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["requestContext"]["path"] == "/dev/pets/1"


def test_the_region_is_that_of_the_settings(limen: Limen) -> None:
    ended = limen("event", "sqs", "--region", "eu-west-1")

    assert json.loads(ended.out)["Records"][0]["eventSourceARN"].startswith("arn:aws:sqs:eu-west-1:")


def test_a_body_from_a_file(limen: Limen, tmp_path: Path) -> None:
    (tmp_path / "body.txt").write_text("from a file")

    assert json.loads(limen("event", "http-api", "--body", "@body.txt").out)["body"] == "from a file"
    assert limen("event", "http-api", "--body", "@none.txt").code == 1


def test_kinds_are_listed_and_others_refused(limen: Limen) -> None:
    assert "authorizer-http-api" in limen("event").out
    assert (limen("event", "nonsense").code, limen("event", "sqs", "--header", "x").code) == (2, 2)
