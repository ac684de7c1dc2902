"""Who may have a kept response replaced: callers of the API's account that signed, with a policy that says so."""

import json
from typing import Any

import pytest

from limen.aws.identities import Principal
from limen.features.authorizers.guarded import Guarded
from limen.features.caching.permission import compile_permission
from limen.gateway.caller import Caller, IamIdentity
from limen.gateway.exchange import Exchange
from tests.integrations.proxying import stage_plan
from tests.support.exchanges import exchange

ACCOUNT = "000000000000"
ARN = "arn:aws:execute-api:us-east-1:000000000000:api1/prod/GET/pets/7"
MASKED = ARN.replace("00000000", "********", 1)


def policy(effect: str = "Allow", action: str = "execute-api:InvalidateCache", resource: str = ARN, **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def signed(*policies: str, account: str = ACCOUNT, boundary: str | None = None) -> Caller:
    principal = Principal(
        kind="User",
        account=account,
        arn=f"arn:aws:iam::{account}:user/ann",
        user_id="AIDAANN",
        access_key_id="AKIAANN",
        policies=policies,
        boundary=boundary,
    )
    return Caller("iam", iam=IamIdentity("AKIAANN", account, "AIDAANN", principal.arn, principal=principal))


def refusal(caller: Caller | None, resource_policy: str | None = None) -> str | None:
    guarded = Guarded(
        method={},
        authorizer=None,
        where="",
        account=ACCOUNT,
        region="us-east-1",
        api_id="api1",
        stage_name="prod",
        variables={},
        policy=resource_policy,
    )
    found = compile_permission(guarded)(asked(caller))
    return None if found is None else found.message


def asked(caller: Caller | None) -> Exchange:
    made = exchange("GET /prod/pets/7")
    made.route_path = b"/pets/7"
    made.stage = stage_plan("prod")
    made.caller = caller
    return made


@pytest.mark.parametrize(
    ("granted", "suffix"),
    [
        (policy(), None),
        (policy(action="execute-api:*", resource="*"), None),
        (policy(action="execute-api:Invoke"), " because no identity-based policy allows the {} action"),
        (policy(resource=ARN.replace("pets", "dogs")), " because no identity-based policy allows the {} action"),
        (policy("Deny"), " with an explicit deny"),
    ],
)
def test_the_policies_of_the_caller_decide(granted: str, suffix: str | None) -> None:
    action = "execute-api:InvalidateCache"
    start = f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: {action} on resource: {MASKED}"
    assert refusal(signed(granted)) == (None if suffix is None else start + suffix.format(action))


def test_nobody_may_who_did_not_sign_or_is_of_another_account() -> None:
    anonymous = f"User: anonymous is not authorized to perform: execute-api:InvalidateCache on resource: {MASKED}"
    assert refusal(None) == anonymous
    assert refusal(Caller("lambda", principal_id="ann")) == anonymous
    assert refusal(signed(policy(resource="*"), account="111111111111")) is not None
    assert refusal(None, policy(Principal="*")) == anonymous


def test_a_resource_policy_may_allow_and_deny_but_not_what_a_boundary_leaves_out() -> None:
    allows, denies = policy(Principal="*"), policy("Deny", Principal="*")
    assert refusal(signed(), allows) is None
    assert (refusal(signed(policy()), denies) or "").endswith("with an explicit deny")
    assert refusal(signed(policy()), policy(action="execute-api:Invoke", Principal="*")) is None
    limited = signed(policy(), boundary=policy(action="execute-api:Invoke"))
    assert "no permissions boundary allows" in (refusal(limited, allows) or "")
