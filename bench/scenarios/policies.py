"""Microseconds to decide by a policy of a thousand statements, in process, by what tells its statements apart."""

import time
from collections.abc import Mapping
from statistics import median
from typing import Any

from bench.report import Row, row
from bench.rounds import Options
from limen.aws.policies.asked import Asked
from limen.aws.policies.policy import Policy, compile_policy

STATEMENTS = 1_000
DECISIONS = 2_000
ROUNDS = 15
TARGET = "<= 50"

API = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/"
CONTEXT = {"aws:sourceip": "10.249.3.9", "aws:useragent": "curl/8", "aws:currenttime": "2026-05-05T12:00:00Z"}


def measure_policies(options: Options) -> list[Row]:
    rounds = options.rounds_or(ROUNDS)
    rows = []
    for name, statements in _policies().items():
        policy = compile_policy({"Version": "2012-10-17", "Statement": statements})
        assert policy.decide(ASKED).number == STATEMENTS - 1
        figures = [_microseconds(policy) for _ in range(rounds + 1)][1:]
        rows.append(row("policies", f"{STATEMENTS:,} statements, {name}", median(figures), "us", target=TARGET))
    return rows


ASKED = Asked("execute-api:Invoke", f"{API}prod/GET/{STATEMENTS - 1}/a", CONTEXT)


def _policies() -> dict[str, list[dict[str, Any]]]:
    """What is asked for is allowed by the last statement of each."""
    numbers = range(STATEMENTS)
    return {
        "each a path": [_statement(Resource=f"{API}prod/GET/{number}/a") for number in numbers],
        "each below a path": [_statement(Resource=f"{API}prod/GET/{number}/*") for number in numbers],
        "each a segment of any stage": [_statement(Resource=f"{API}*/GET/{number}/?") for number in numbers],
        "each a range of addresses": [_statement(Condition=_range(number)) for number in numbers],
        "each denies a range, the last allows": [
            *(_statement(Effect="Deny", Condition=_range(number, length=32 - number % 4)) for number in numbers[:-1]),
            _statement(),
        ],
        "each denies all but some, the last allows": [
            *(_statement(Effect="Deny", **_exclusion(number)) for number in numbers[:-1]),
            _statement(),
        ],
    }


def _statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": f"{API}*", **elements}


def _range(number: int, length: int = 24) -> Mapping[str, Any]:
    return {"IpAddress": {"aws:SourceIp": f"10.{number % 250}.{number // 250}.0/{length}"}}


def _exclusion(number: int) -> dict[str, Any]:
    """What is asked for is always among what is spared."""
    exclusions: tuple[tuple[str, str, list[str]], ...] = (
        ("NotIpAddress", "aws:SourceIp", [f"10.0.0.0/{8 + number % 5}", f"192.0.{number % 250}.0/24", "10.249.0.0/16"]),
        ("StringNotEquals", "aws:UserAgent", [f"agent/{number}", "curl/8"]),
        ("StringNotLike", "aws:UserAgent", [f"*agent{number}*", "curl/*"]),
        ("DateNotEquals", "aws:CurrentTime", [f"2026-05-05T12:{number % 60:02}:01Z", CONTEXT["aws:currenttime"]]),
    )
    operator, key, values = exclusions[number % len(exclusions)]
    suffix = ("", "IfExists")[number // len(exclusions) % 2]
    return {"Condition": {operator + suffix: {key: values}}}


def _microseconds(policy: Policy) -> float:
    began = time.perf_counter_ns()
    for _ in range(DECISIONS):
        policy.decide(ASKED)
    return (time.perf_counter_ns() - began) / DECISIONS / 1000
