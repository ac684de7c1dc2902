"""From documents to steps: which kind of integration becomes what, and what is said where none can be made."""

import logging
from typing import Any

import pytest

from limen.gateway.errors import PlanError
from limen.integrations.compile import find_integration_problems
from limen.upstream.client import Upstream
from tests.integrations.proxying import compile_step, pass_through, proxy, routed
from tests.support.exchanges import answer, exchange
from tests.upstream.backends import run, upstream

HTTP = {"integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "integrationUri": "http://backend.test/{id}"}


def refusal(document: dict[str, Any], **settings: Any) -> tuple[int, bytes]:
    """What a client is answered by a step that reaches no backend."""

    async def main() -> tuple[int, bytes]:
        async with upstream() as client:
            asked = routed(exchange("GET /pets/7"), {"id": "7"})
            await pass_through(compile_step(document, client, **settings), asked)
            return answer(asked).status, answer(asked).body

    return run(main())


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"integrationType": "MOCK"}, "type MOCK"),
    ],
)
def test_what_is_not_served_answers_500_and_is_named(
    document: dict[str, Any], named: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert refusal(document) == (500, b'{"message":"Internal Server Error"}')

    assert named in caplog.text
    assert "ANY /pets/{id}" in caplog.text


def test_stage_variables_fill_any_part_of_a_uri() -> None:
    outcome = proxy(
        "GET /pets/7?x=1",
        uri="http://BACKEND${stageVariables.none}/${stageVariables.base}/{id}?env=${stageVariables.base}",
        variables={"none": "", "base": "blue"},
    )
    assert outcome.target == "/blue/7?env=blue&x=1"


def test_a_missing_stage_variable_answers_500_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        status, _ = refusal({**HTTP, "integrationUri": "http://${stageVariables.host}/x"})

    assert status == 500
    assert "no variable 'host'" in caplog.text


def test_a_stage_variable_that_makes_no_uri_answers_500(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        status, _ = refusal(
            {**HTTP, "integrationUri": "http://${stageVariables.host}/x"}, variables={"host": "{id}.evil.test"}
        )

    assert status == 500
    assert "is not a host" in caplog.text


def test_an_unmapped_vpc_link_answers_500_and_names_the_setting(caplog: pytest.LogCaptureFixture) -> None:
    private = {**HTTP, "connectionType": "VPC_LINK", "connectionId": "abc123", "integrationUri": "arn:aws:x:listener/y"}
    with caplog.at_level(logging.ERROR):
        status, _ = refusal(private)

    assert status == 500
    assert "[vpc_links]" in caplog.text
    assert "abc123" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"integrationUri": "ftp://backend.test"},
        {"integrationUri": "http://{id}.backend.test/"},
        {"integrationMethod": "GET /x"},
        {"requestParameters": {"append:header.via": "x"}},
        {"responseParameters": {"99": {}}},
    ],
)
def test_documents_that_no_stage_can_serve_do_not_compile(change: dict[str, Any]) -> None:
    async def main() -> None:
        async with upstream() as client:
            with pytest.raises(PlanError):
                compile_step({**HTTP, **change}, client)

    run(main())


def test_problems_are_found_without_a_stage() -> None:
    assert find_integration_problems(HTTP, ["GET /pets/{id}"]) == []
    assert (
        find_integration_problems({**HTTP, "integrationUri": "http://${stageVariables.h}:${stageVariables.p}/"}, [])
        == []
    )
    (problem,) = find_integration_problems(HTTP, ["GET /pets/{id}", "GET /pets"])
    assert "'GET /pets' has no path variable {id}" in problem
    assert find_integration_problems({"integrationType": "AWS_PROXY"}, ["GET /x"]) == [
        "integration URI '' does not name a Lambda function",
        "there is no payload format version None",
    ]
    assert len(find_integration_problems({**HTTP, "requestParameters": {"x": "y"}}, ["GET /{id}"])) == 1


def test_compiling_opens_nothing() -> None:
    async def main() -> Upstream:
        async with upstream() as client:
            compile_step(HTTP, client)
            assert client._pools == {}
            return client

    run(main())
