"""Who signed a request, as backends are called as them."""

from typing import Any

import pytest

from limen.aws.identities import Identities
from limen.aws.policies.asked import Effect
from limen.features.authorizers.iam_acting import SignedCallers
from limen.features.authorizers.iam_signers import KnownSigner
from limen.gateway.caller import Caller
from limen.gateway.exchange import Exchange
from limen.gateway.trace import Trace
from tests.integrations.proxying import stage_plan
from tests.support.exchanges import exchange
from tests.support.signing import ID, SECRET, policy, statement, user

ACTION = "lambda:InvokeFunction"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:pets"
VIA_GATEWAY = {
    "StringEquals": {"aws:CalledViaFirst": "apigateway.amazonaws.com"},
    "Bool": {"aws:ViaAWSService": "true"},
}


def signed(*statements: dict[str, Any], **members: Any) -> Exchange:
    given = exchange()
    record = user(policies=(policy(*({**each, "Action": "lambda:*"} for each in statements)),), **members)
    given.stage = stage_plan("prod")
    given.caller = KnownSigner(Identities(None, [record]).find(ID, None, 0.0)).caller
    return given


def test_the_key_is_that_of_whoever_signed() -> None:
    key = SignedCallers().find_key(signed())

    assert key is not None
    assert (key.id, key.secret, key.session_token) == (ID, SECRET, None)


@pytest.mark.parametrize("caller", [None, Caller("lambda", principal_id="ana")])
def test_who_did_not_sign_is_nobody(caller: Caller | None) -> None:
    given = exchange()
    given.caller = caller

    assert SignedCallers().find_key(given) is None
    assert SignedCallers().weigh(given, ACTION, ARN) is Effect.DENY


@pytest.mark.parametrize(
    ("statements", "effect"),
    [
        ([statement()], Effect.ALLOW),
        ([statement(resource=ARN)], Effect.ALLOW),
        ([statement(resource=f"{ARN}:live")], Effect.NEITHER),
        ([statement(Condition=VIA_GATEWAY)], Effect.ALLOW),
        ([statement(), statement("Deny", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})], Effect.DENY),
        ([], Effect.NEITHER),
    ],
)
def test_own_policies_are_weighed(statements: list[dict[str, Any]], effect: Effect) -> None:
    assert SignedCallers().weigh(signed(*statements), ACTION, ARN) is effect


def test_a_boundary_is_a_limit_that_no_other_policy_lifts() -> None:
    given = signed(statement(), boundary=policy(statement()))  # of execute-api alone

    assert SignedCallers().weigh(given, ACTION, ARN) is Effect.DENY


def test_a_trace_says_what_decided() -> None:
    given = signed(statement(resource=ARN))
    given.trace = Trace()
    SignedCallers().weigh(given, ACTION, ARN)
    (event,) = given.trace.events

    assert event.name == "caller_policies"
    assert event.values["effect"] == "Allow"
    assert event.values["statement"]["Resource"] == ARN
