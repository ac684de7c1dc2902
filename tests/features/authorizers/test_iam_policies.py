"""What a signer's policies say, weighed once for each resource where nothing but the resource matters."""

from typing import Any

import pytest
from msgspec.structs import replace

from limen.aws.identities import Identities, Principal
from limen.aws.policies.asked import Context, Effect
from limen.features.authorizers import iam_policies
from limen.features.authorizers.iam_policies import SignerPolicies
from tests.support.signing import ALLOW_ALL, ID, policy, statement, user

ARN = "arn:aws:execute-api:us-east-1:000000000000:a1/prod/GET/pets"


def principal(**members: Any) -> Principal:
    session_policies = members.pop("session_policies", ())
    found = Identities(None, [user(**members)]).find(ID, None, 0.0).principal
    return replace(found, session_policies=session_policies)


def no_context() -> Context:
    raise AssertionError("is not asked for")


LAYERS = {"Allow": ALLOW_ALL, "Deny": policy(statement("Deny")), "neither": policy()}


@pytest.mark.parametrize("session", [None, *LAYERS])
@pytest.mark.parametrize("boundary", [None, *LAYERS])
@pytest.mark.parametrize("identity", LAYERS)
def test_a_deny_decides_and_each_layer_has_to_allow(identity: str, boundary: str | None, session: str | None) -> None:
    asked = principal(
        policies=(LAYERS[identity],),
        boundary=LAYERS[boundary] if boundary else None,
        session_policies=(LAYERS[session],) if session else (),
    )
    weighed = SignerPolicies(asked).weigh(ARN, no_context)

    layers = [each for each in (identity, boundary, session) if each]
    wanted = "Deny" if "Deny" in layers else "neither" if "neither" in layers else "Allow"
    assert weighed.effect.value == wanted
    assert weighed.is_limit is (wanted == "neither" and "neither" in (boundary, session))


def test_a_verdict_is_remembered_by_its_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam_policies, "MOST_KEPT", 2)
    policies = SignerPolicies(principal(policies=(policy(statement(resource=ARN)),)))
    first = policies.weigh(ARN, no_context)
    assert policies.weigh(ARN, no_context) is first
    for number in range(5):
        assert policies.weigh(f"{ARN}/{number}", no_context).effect is Effect.NEITHER
    assert policies.weigh(ARN, no_context).effect is Effect.ALLOW


@pytest.mark.parametrize(
    "document",
    [
        policy(statement(Condition={"StringEquals": {"aws:UserAgent": "curl"}})),
        policy(statement(resource="${aws:UserAgent}*")),
        '{"Version": "2012-10-17", "Statement": "Condition"}',
    ],
)
def test_what_depends_on_more_is_weighed_each_time(document: str) -> None:
    policies = SignerPolicies(principal(policies=(document,)))
    asked: list[int] = []

    def read_context() -> Context:
        asked.append(1)
        return {}

    for _ in range(2):
        assert policies.weigh(ARN, read_context).effect is not Effect.ALLOW
    assert len(asked) == 2


def test_the_account_itself_may_unless_its_session_is_narrower() -> None:
    root = {"kind": "root", "arn": "arn:aws:iam::000000000000:root", "policies": ()}
    assert SignerPolicies(principal(**root)).weigh(ARN, no_context).effect is Effect.ALLOW
    narrow = SignerPolicies(principal(**root, session_policies=(policy(),))).weigh(ARN, no_context)
    assert (narrow.effect, narrow.is_limit) == (Effect.NEITHER, True)
