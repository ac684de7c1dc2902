"""The gateway's own answers."""

import pytest

from limen.gateway import errors
from limen.gateway.errors import Failure, GatewayError
from limen.gateway.failures import answer_failure, compile_refusal, failure_plan
from limen.gateway.run import run
from tests.support.exchanges import answer, exchange, header_map

FAILURES = [value for value in vars(errors).values() if isinstance(value, Failure)]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
def test_a_failure_is_a_message_in_json(failure: Failure) -> None:
    asked = exchange()
    run(asked, failure_plan(failure))
    response = answer(asked)
    assert (response.status, response.body) == (failure.status, b'{"message":"%b"}' % failure.message.encode())
    assert header_map(response) == {
        "content-type": "application/json",
        "apigw-requestid": asked.request_id.decode(),
    }


def test_why_is_never_answered() -> None:
    refuse = compile_refusal(errors.INTERNAL, "route 'GET /a' has no target")
    with pytest.raises(GatewayError) as refused:
        refuse(exchange())
    assert refused.value.reason == "route 'GET /a' has no target"
    assert b"target" not in answer_failure(exchange(), refused.value).body


def test_answers_share_no_headers() -> None:
    error = GatewayError(errors.NOT_FOUND)
    assert answer_failure(exchange(), error).headers is not answer_failure(exchange(), error).headers
