"""Many statements: the one that decides is found, wherever it is filed, without a look at all."""

from typing import Any

from limen.aws.policies.asked import Asked, Asker, Effect
from limen.aws.policies.policy import compile_policy

MANY = 1000
API = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/"


def statement(**fields: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": API + "*", **fields}


def decide(
    statements: list[dict[str, Any]], resource: str = "", *names: str, **context: str
) -> tuple[Effect, int | None]:
    policy = compile_policy({"Version": "2012-10-17", "Statement": statements})
    keys = {f"aws:{key.lower()}": value for key, value in context.items()}
    asker = Asker((frozenset(names),), frozenset(names))
    decision = policy.decide(Asked("execute-api:Invoke", API + resource, keys, asker))
    return decision.effect, decision.number


def test_by_resource() -> None:
    whole = [statement(Resource=f"{API}prod/GET/{number}") for number in range(MANY)]
    assert decide(whole, "prod/GET/777") == (Effect.ALLOW, 777)
    assert decide(whole, "prod/GET/7777") == (Effect.NEITHER, None)
    starts = [statement(Resource=f"{API}prod/GET/{'x' * (number % 70)}/{number}/*") for number in range(MANY)]
    for number in (0, 1, 69, 70, 999):
        assert decide(starts, f"prod/GET/{'x' * (number % 70)}/{number}/a") == (Effect.ALLOW, number)


def test_by_segment_and_action() -> None:
    between = [statement(Resource=f"{API}*/GET/{number}/*/x") for number in range(MANY)]
    assert decide(between, "prod/GET/777/a/x") == (Effect.ALLOW, 777)
    assert decide(between, "prod/GET/777/x") == (Effect.NEITHER, None)
    touching = [statement(Resource=f"{API}*/a*/b{number}*") for number in range(MANY)]
    assert decide(touching, "prod/ab/b1000") == (Effect.ALLOW, 1)
    actions = [statement(Action=f"execute-api:A{number}", Resource="*") for number in range(MANY)]
    assert decide([*actions, statement(Action="EXECUTE-API:INVOKE")], "x") == (Effect.ALLOW, MANY)


def test_by_name_value_and_address() -> None:
    users = [statement(Principal={"AWS": f"arn:aws:iam::123456789012:user/u{number}"}) for number in range(MANY)]
    assert decide(users, "x", "arn:aws:iam::123456789012:user/u500") == (Effect.ALLOW, 500)
    agents = [statement(Condition={"StringEquals": {"aws:UserAgent": f"a{number}"}}) for number in range(MANY)]
    assert decide(agents, "x", useragent="a3") == (Effect.ALLOW, 3)
    nets = [statement(Condition={"IpAddress": {"aws:SourceIp": f"10.{n % 250}.{n // 250}.0/24"}}) for n in range(MANY)]
    assert decide(nets, "x", sourceip="10.249.3.77") == (Effect.ALLOW, 999)
    assert decide(nets, "x", sourceip="10.249.4.77") == (Effect.NEITHER, None)
    assert decide(nets, "x", sourceip="2001:db8::1") == (Effect.NEITHER, None)


def test_more_than_stand_side_by_side() -> None:
    agents = [statement(Condition={"StringEquals": {"aws:UserAgent": f"a{number}"}}) for number in range(2500)]
    for number in (0, 1023, 1024, 2048, 2499):
        assert decide(agents, "x", useragent=f"a{number}") == (Effect.ALLOW, number)
    assert decide(agents, "x", useragent="a2500") == (Effect.NEITHER, None)


def test_the_first_that_applies_decides_whatever_it_is_filed_by() -> None:
    others = [statement(Resource=f"{API}prod/GET/{number}") for number in range(20)]
    anyone = statement(Resource="*")
    assert decide([*others, anyone], "prod/GET/5") == (Effect.ALLOW, 5)
    assert decide([anyone, *others], "prod/GET/5") == (Effect.ALLOW, 0)
    assert decide([*others, statement(Effect="Deny", Resource=f"{API}*5")], "prod/GET/5") == (Effect.DENY, 20)


def test_an_address_that_is_none_meets_every_deny() -> None:
    denied = [statement(Effect="Deny", Condition={"IpAddress": {"aws:SourceIp": f"10.0.0.{n}"}}) for n in range(20)]
    assert decide([statement(), *denied], "x", sourceip="somewhere") == (Effect.DENY, 1)
    assert decide([statement(), *denied], "x", sourceip="10.0.1.1") == (Effect.ALLOW, 0)
    assert decide([statement(), *denied], "x") == (Effect.ALLOW, 0)
