"""Resource policies: the guide's examples and tables, and what clients read."""

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from limen.aws.identities import Principal
from limen.aws.policies.asked import Effect
from limen.features.authorizers import compile as authorization
from limen.features.authorizers.compile import compile_method_authorization
from limen.features.authorizers.guarded import Guarded, Settle
from limen.features.authorizers.resource_policy import ResourcePolicy, mask_account
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway import rest_errors
from limen.gateway.caller import Caller, IamIdentity
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.rest_failures import answer_rest_failure
from limen.gateway.route_plan import RoutePlan, Step
from limen.gateway.run import run
from limen.gateway.trace import Trace
from tests.features.authorizers.asking import REQUEST, TOKEN, URI, Functions, policy
from tests.integrations.proxying import stage_plan
from tests.support.exchanges import answer, exchange, header_map

CASES = Path(__file__).parents[2] / "cases" / "policies"
EXAMPLES = yaml.safe_load((CASES / "examples.yaml").read_text())["policies"]
OUTCOMES = yaml.safe_load((CASES / "outcomes.yaml").read_text())
API = "arn:aws:execute-api:us-east-1:111111111111:api1/"
ALLOW_GET = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "execute-api:Invoke",
    "Resource": "execute-api:/stage/GET/*",
}
BY_POLICY = {
    "Allow": [ALLOW_GET],
    "neither": [ALLOW_GET | {"Resource": "execute-api:/other/*"}],
    "Deny": [ALLOW_GET, ALLOW_GET | {"Effect": "Deny"}],
}


def guarded(
    statements: list[dict[str, Any]] | None, kind: str = "NONE", authorizer: dict[str, Any] | None = None
) -> Guarded:
    document = {"Version": "2012-10-17", "Statement": statements}
    text = orjson.dumps(document).decode().replace("execute-api:/", API)
    return Guarded(
        method={"authorizationType": kind, "authorizerId": "au1"},
        authorizer=authorizer,
        where="method 'GET /pets'",
        account="111111111111",
        region="us-east-1",
        api_id="api1",
        stage_name="stage",
        variables={},
        resource_path="/pets",
        policy=None if statements is None else text,
    )


def sent(steps: tuple[Step, ...], request: str = "GET /pets", **more: Any) -> Exchange:
    made = exchange(request, more.pop("headers", None), source_ip=more.get("from", "192.0.2.1"))
    made.stage, made.route_path, made.path_parameters = stage_plan("stage"), made.path, {}
    made.trace = Trace()
    made.caller = signer(more["signer"], more.get("role", "")) if "signer" in more else None
    failed = answer_rest_failure
    run(made, RoutePlan("GET /pets", (*steps, _serve), (), (), failed, bug=rest_errors.INTERNAL))
    return made


def signer(arn: str, role: str = "") -> Caller:
    account = arn.split(":")[4]
    kind = "AssumedRole" if role else "Root" if arn.endswith(":root") else "User"
    principal = Principal(kind=kind, arn=arn, account=account, user_id="A:ana", issuer=role)
    return Caller("iam", iam=IamIdentity("AKIA", account, "A:ana", arn, principal=principal))


def _serve(made: Exchange) -> None:
    made.response = Response(200, [], b"served")


def outcome(made: Exchange) -> str:
    """In the words of the guide's tables."""
    response = answer(made)
    if response.status == 200:
        return "Allow"
    assert response.status == 403
    assert header_map(response)["x-amzn-errortype"] == "AccessDeniedException"
    message = orjson.loads(response.body)["Message"]
    return "explicit deny" if "with an explicit deny" in message else "implicit deny"


@pytest.mark.parametrize(
    ("example", "request_"),
    [pytest.param(each, sending, id=f"{each['name']}: {sending}") for each in EXAMPLES for sending in each["requests"]],
)
def test_examples_of_the_guide(example: dict[str, Any], request_: dict[str, Any]) -> None:
    steps = (ResourcePolicy(guarded(example["policy"]["Statement"])).require,)
    more = dict(request_)
    made = sent(steps, more.pop("send"), **more)
    expected = {None: "Allow", "implicitly": "implicit deny", "explicitly": "explicit deny"}[request_.get("denied")]
    assert outcome(made) == expected
    assert made.trace is not None
    noted = made.trace.find("resource_policy")
    assert noted is not None
    if "number" in request_:
        assert noted["number"] == request_["number"]


@pytest.mark.parametrize(("says", "policy_says", "comes_to"), OUTCOMES["same_account"])
def test_a_function_and_a_policy(says: str, policy_says: str, comes_to: str) -> None:
    effect, resource = {"Allow": ("Allow", "*"), "neither": ("Allow", "arn:x"), "Deny": ("Deny", "*")}[says]
    functions = Functions(policy(effect, resource))
    tools = AuthorizerTools(functions)
    authorizer = {"id": "au1", "name": "mine", "authorizerUri": URI, **REQUEST, "authorizerResultTtlInSeconds": 0}
    steps = compile_method_authorization(guarded(BY_POLICY[policy_says], "CUSTOM", authorizer), tools)
    made = sent(steps)
    assert outcome(made) == comes_to
    assert len(functions.calls) == (0 if policy_says == "Deny" else 1)
    if comes_to == "Allow":
        assert made.caller is not None
        assert made.caller.principal_id == "ana"


@pytest.mark.parametrize("table", ["same_account", "other_account"])
def test_who_signs_and_a_policy(table: str) -> None:
    account = "111111111111" if table == "same_account" else "222222222222"
    for says, policy_says, comes_to in OUTCOMES[table]:
        settle = ResourcePolicy(guarded(BY_POLICY[policy_says])).settle
        settled = {"explicit deny": Effect.DENY, "implicit deny": Effect.NEITHER, "Allow": Effect.ALLOW}[comes_to]

        def step(made: Exchange, says: str = says, settle: Any = settle, settled: Effect = settled) -> None:
            assert settle(made, Effect(says)) is settled

        made = sent((step,), signer=f"arn:aws:iam::{account}:user/ana")
        assert outcome(made) == ("explicit deny" if policy_says == "Deny" else "Allow")


@pytest.mark.parametrize("kind", ["COGNITO_USER_POOLS", "JWT"])
def test_tokens_and_a_policy(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authorizer is asked first."""
    asked = []

    def authorize(made: Exchange) -> None:
        asked.append(made)
        made.caller = Caller("cognito", principal_id="ana")

    monkeypatch.setitem(authorization.OF_METHODS, kind, lambda *_: authorize)
    for _, policy_says, comes_to in OUTCOMES["user_pools"]:
        steps = compile_method_authorization(guarded(BY_POLICY[policy_says], kind, {"id": "au1"}), AuthorizerTools())
        assert outcome(sent(steps)) == comes_to
    assert len(asked) == 3


def test_a_refused_token_is_refused_whatever_the_policy_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Exchange) -> None:
        raise GatewayError(rest_errors.UNAUTHORIZED)

    monkeypatch.setitem(authorization.OF_METHODS, "JWT", lambda *_: refuse)
    steps = compile_method_authorization(guarded(BY_POLICY["Allow"], "JWT", {"id": "au1"}), AuthorizerTools())
    assert answer(sent(steps)).status == 401


def test_an_unknown_caller_is_refused_by_a_function_whatever_the_policy_allows() -> None:
    tools = AuthorizerTools(Functions(policy()))
    authorizer = {"id": "au1", "name": "mine", "authorizerUri": URI, **TOKEN}
    steps = compile_method_authorization(guarded(BY_POLICY["Allow"], "CUSTOM", authorizer), tools)
    assert answer(sent(steps)).status == 401


def test_without_a_policy_nothing_is_asked() -> None:
    assert compile_method_authorization(guarded(None), AuthorizerTools()) == ()


def test_what_is_not_enforced_stays_closed_behind_a_policy() -> None:
    unknown = guarded(BY_POLICY["Allow"], "AWS_IAM_2")
    assert answer(sent(compile_method_authorization(unknown, AuthorizerTools()))).status == 500


def test_what_a_client_reads() -> None:
    denied = sent((ResourcePolicy(guarded(BY_POLICY["Deny"])).require,), "GET /pets/7")
    assert answer(denied).body == (
        b'{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: '
        b'arn:aws:execute-api:us-east-1:********1111:api1/stage/GET/pets/7 with an explicit deny"}'
    )
    neither = sent((ResourcePolicy(guarded(BY_POLICY["neither"])).require,), "POST /%FF")
    assert answer(neither).body == (
        b'{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: '
        b'arn:aws:execute-api:us-east-1:********1111:api1/stage/POST/?"}'
    )
    signed = sent((ResourcePolicy(guarded(BY_POLICY["neither"])).require,), signer="arn:aws:iam::111111111111:user/ana")
    assert b"User: arn:aws:iam::111111111111:user/ana is not authorized" in answer(signed).body


def test_a_long_path_is_refused() -> None:
    made = sent((ResourcePolicy(guarded(BY_POLICY["Allow"])).require,), "GET /" + "a" * 1600)
    assert answer(made).status == 414


@pytest.mark.parametrize("named", ["111111111111", "arn:aws:iam::111111111111:root"])
def test_an_account_that_is_named_leaves_its_users_to_their_own_policies(named: str) -> None:
    settle = ResourcePolicy(guarded([ALLOW_GET | {"Principal": {"AWS": named}}], "AWS_IAM")).settle
    user, account = "arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:root"
    assert settles(settle, user, Effect.NEITHER) is Effect.NEITHER
    assert settles(settle, user, Effect.ALLOW) is Effect.ALLOW
    assert settles(settle, account, Effect.NEITHER) is Effect.ALLOW

    by_name = [ALLOW_GET | {"Principal": {"AWS": [named, user]}}]
    assert settles(ResourcePolicy(guarded(by_name, "AWS_IAM")).settle, user, Effect.NEITHER) is Effect.ALLOW


def settles(settle: Settle, arn: str, own: Effect) -> Effect:
    asking = exchange("GET /pets")
    asking.stage, asking.route_path, asking.path_parameters = stage_plan("stage"), asking.path, {}
    asking.caller = signer(arn)
    return settle(asking, own)


def test_accounts_are_masked() -> None:
    assert mask_account(API + "stage/GET/a:b") == "arn:aws:execute-api:us-east-1:********1111:api1/stage/GET/a:b"


def test_a_policy_that_is_none_lets_nothing_through() -> None:
    broken = guarded([])
    for text in ("{", "[]", "null"):
        steps = compile_method_authorization(Guarded(**{**_fields(broken), "policy": text}), AuthorizerTools())
        assert answer(sent(steps)).status == 403


def _fields(made: Guarded) -> dict[str, Any]:
    return {name: getattr(made, name) for name in made.__struct_fields__}
