"""`limen explain`: a list, and a request step by step."""

import json
from pathlib import Path
from typing import Any

import pytest

from limen.cli.explain import render
from tests.cli.admin import running
from tests.cli.conftest import Limen

SUMMARY = {
    "requestId": "89d139db-4eec-4bc3-94bb-50678599bcd9",
    "extendedRequestId": "JJb/dEXAMPLE0A=",
    "apiId": "a1b2c3d4e5",
    "stage": "prod",
    "time": "2026-11-25T21:30:16.123Z",
    "method": "POST",
    "path": "/prod/pets\x1b[2J",
    "route": "POST /pets",
    "status": 400,
    "latencyMs": 1.25,
}
EVENTS: list[dict[str, Any]] = [
    {
        "event": "request",
        "ms": 0.0,
        "method": "POST",
        "resource_path": "/pets",
        "path": {},
        "query": {"a": ["1", "2"]},
        "headers": {"Accept": ["*/*"]},
        "body": '{\n  "price": 1\n}',
    },
    {
        "event": "routed",
        "ms": 0.01,
        "method": "POST",
        "resource_path": "/pets",
        "parameters": {},
        "candidates": ["POST /pets", "ANY /{proxy+}"],
    },
    {
        "event": "validated",
        "ms": 0.02,
        "what": "body",
        "outcome": "failed",
        "model": "Pet",
        "pointer": "/price",
        "message": "too small",
    },
    {
        "event": "template",
        "ms": 0.03,
        "place": "request",
        "content_type": "application/json",
        "text": "#set($a = 1)\n$a",
        "input": "{}",
        "output": "1",
        "overrides": {},
        "error": None,
    },
    {"event": "mapped", "ms": 0.03, "place": "request", "target": "a.b", "source": "c.d", "value": None},
    {"event": "selected", "ms": 0.04, "pattern": "5\\d{2}", "matched": "500", "status_code": "500"},
    {"event": "failed", "ms": 0.05, "type": "BAD_REQUEST_BODY", "message": "Invalid request body", "reason": ""},
    {"event": "response", "ms": 0.06, "status": 400, "headers": {}, "body": ""},
    {"event": "later", "ms": 0.07, "anything": "else"},
]
ENTRY = {**SUMMARY, "integration": {"status": 500, "latencyMs": 0.5, "error": None}, "events": EVENTS}

TEXT = """\
POST /prod/pets?[2J: 400 in 1.25 ms
request 89d139db-4eec-4bc3-94bb-50678599bcd9 (JJb/dEXAMPLE0A=), 2026-11-25T21:30:16.123Z
API a1b2c3d4e5, stage prod, route POST /pets
integration answered 500 in 0.5 ms

     0.000 ms  request POST /pets
               query:
                 a: 1, 2
               headers:
                 Accept: */*
               body:
                 {
                   "price": 1
                 }
     0.010 ms  routed to POST /pets
               candidates: POST /pets, ANY /{proxy+}
     0.020 ms  body failed
               model: Pet
               at: /price
               because: too small
     0.030 ms  request template for application/json
               input: {}
               template:
                 #set($a = 1)
                 $a
               output: 1
     0.030 ms  mapped a.b from c.d: nothing
     0.040 ms  response 500 selected by '5\\\\d{2}' for '500'
     0.050 ms  failed: BAD_REQUEST_BODY
               message: Invalid request body
     0.060 ms  response 400
     0.070 ms  later
               anything: else
"""


def test_a_request_step_by_step() -> None:
    assert "\n".join(render(ENTRY)) + "\n" == TEXT


@pytest.mark.parametrize(
    ("base_path", "rule_id", "line"),
    [
        ("shop", None, "came by custom domain name api.shop.test, mapping shop"),
        ("", None, "came by custom domain name api.shop.test, mapping (none)"),
        ("shop", "r1", "came by custom domain name api.shop.test, routing rule r1, base path shop"),
        ("", "r1", "came by custom domain name api.shop.test, routing rule r1"),
    ],
)
def test_how_a_request_came_on_a_custom_domain_name(base_path: str, rule_id: str | None, line: str) -> None:
    domain = {"host": "api.shop.test", "basePath": base_path, "routingRuleId": rule_id}

    assert line in list(render({**ENTRY, "domain": domain}))


def test_a_request_by_its_id(limen: Limen, tmp_path: Path) -> None:
    path = "/_limen/explain/JJb%2FdEXAMPLE0A%3D"
    with running(tmp_path, {path: (200, ENTRY)}):
        ended = limen("explain", "JJb/dEXAMPLE0A=", "--data-dir", tmp_path)
        as_json = limen("explain", "JJb/dEXAMPLE0A=", "--json", "--data-dir", tmp_path)
    assert ended.out == TEXT
    assert json.loads(as_json.out) == ENTRY


def test_a_list(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path, {"/_limen/explain": (200, [SUMMARY])}):
        ended = limen("explain", "--data-dir", tmp_path)
    title, row = ended.out.splitlines()
    assert title.split() == ["TIME", "REQUEST", "API", "STAGE", "METHOD", "PATH", "STATUS", "MS"]
    assert row.split() == [
        "2026-11-25T21:30:16.123Z",
        SUMMARY["requestId"],
        "a1b2c3d4e5",
        "prod",
        "POST",
        "/prod/pets?[2J",
        "400",
        "1.25",
    ]


def test_a_request_that_is_not_kept(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path, {"/_limen/explain/x": (404, {"message": "No such request is kept"})}):
        ended = limen("explain", "x", "--data-dir", tmp_path)
    assert ended.code == 1
    assert "No such request is kept" in ended.err


def test_keeping_begins_and_ends(limen: Limen, tmp_path: Path) -> None:
    path = "/_limen/explain/stages/a1b2c3d4e5/%24default?requests="
    with running(tmp_path, {path + "5": (200, {}), path + "0": (200, {})}):
        began = limen("explain", "--on", "a1b2c3d4e5/$default", "--requests", "5", "--data-dir", tmp_path)
        ended = limen("explain", "--off", "a1b2c3d4e5/$default", "--data-dir", tmp_path)
        wrong = limen("explain", "--off", "prod", "--data-dir", tmp_path)
    assert began.out == "a1b2c3d4e5/$default: the last 5 requests are kept\n"
    assert ended.out == "a1b2c3d4e5/$default: nothing is kept\n"
    assert wrong.err == "limen: 'prod' is no API/STAGE\n"


def test_a_function_is_named_with_who_ran_it() -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:pets"
    asked = {"method": "POST", "uri": "https://lambda/x", "headers": {}, "payload": '{"resource":"/"}'}
    events = [
        {"event": "function", "ms": 0.1, "arn": arn, "backend": "the functions host of this machine"},
        {"event": "endpoint_request", "ms": 0.2, **asked},
        {"event": "function_failed", "ms": 0.3, "text": "Lambda execution failed"},
        {"event": "malformed", "ms": 0.4, "detail": "not JSON"},
    ]
    text = "\n".join(render({**ENTRY, "events": events}))

    assert f"function {arn}, run by the functions host of this machine" in text
    assert 'payload: {"resource":"/"}' in text
    assert "Lambda execution failed" in text
    assert "what the function returned is no response: not JSON" in text


def test_an_authorizer_is_explained() -> None:
    events = [
        {"event": "authorizer", "ms": 0.0, "id": "au1", "authorizer": "mine", "kind": "TOKEN", "identity": {"h": "**"}},
        {"event": "authorizer_joined", "ms": 0.1, "requests": 2},
        {
            "event": "authorizer_request",
            "ms": 0.2,
            "backend": "b",
            "method": "POST",
            "uri": "https://f",
            "headers": {},
            "payload": "{}",
        },
        {"event": "authorizer_response", "ms": 0.3, "status": 200, "latency_ms": 3, "body": "{}", "problem": ""},
        {"event": "authorizer_response", "ms": 0.3, "status": None, "latency_ms": 3, "body": "", "problem": "gone"},
        {
            "event": "authorized",
            "ms": 0.4,
            "verdict": "allowed",
            "principal": "ana",
            "arn": "arn:x",
            "cached_s": 1.5,
            "statement": {"Effect": "Allow"},
            "policy": {},
        },
        {
            "event": "authorized",
            "ms": 0.4,
            "verdict": "denied",
            "principal": "ana",
            "arn": "arn:x",
            "settled": "allowed",
            "cached_s": None,
            "statement": None,
            "policy": {"Statement": []},
        },
        {"event": "resource_policy", "ms": 0.5, "effect": "Deny", "number": 1, "statement": {"Sid": "s"}, "arn": "a"},
        {"event": "resource_policy", "ms": 0.5, "effect": "neither", "number": None, "statement": None, "arn": "a"},
    ]
    text = "\n".join(render({**ENTRY, "events": events}))
    for part in (
        "authorizer 'mine' (au1, TOKEN)",
        "h: **",
        "waits for the answer that 2 with the same identity wait for",
        "authorizer asked: https://f, run by b",
        "authorizer answered 200 in 3.000 ms",
        "authorizer did not answer, after 3.000 ms: gone",
        "allowed by an answer kept for 1.5 s",
        "denied by an answer of just now; allowed together with the resource policy",
        "resource policy denies, by statement 1",
        "resource policy neither allows nor denies",
        "principal: ana",
        "asked for: arn:x",
        "Effect: Allow",
        "denied by an answer of just now",
        "because: no statement of the policy holds",
    ):
        assert part in text, text


def test_a_token_is_explained() -> None:
    good = {
        "issuer": "https://i.example",
        "subject": "ana",
        "expires": "1800000000",
        "scopes": ["read"],
        "known_for": 60,
    }
    events = [
        {"event": "token", "ms": 0.1, "outcome": "verified", **good, "scopes": ["read"]},
        {"event": "token", "ms": 0.1, "outcome": "known", **good, "scopes": []},
        {"event": "token", "ms": 0.1, "outcome": "refused", "reason": "kid 7 not found"},
    ]
    text = "\n".join(render({**ENTRY, "events": events}))
    for part in (
        "token verified just now, good for another 60 s",
        "token known, verified before, good for another 60 s",
        "issuer: https://i.example",
        "token refused: kid 7 not found",
    ):
        assert part in text, text


def test_client_certificates_are_explained() -> None:
    shown = {"subject": "CN=ana", "issuer": "CN=Issuing", "serial": "01"}
    nothing = dict.fromkeys(shown)
    events = [
        {"event": "client_certificate", "ms": 0.0, **shown, "problem": ""},
        {"event": "client_certificate", "ms": 0.1, **shown, "problem": "self signed certificate"},
        {"event": "client_certificate", "ms": 0.2, **nothing, "problem": "no client certificate"},
        {"event": "failed", "ms": 0.3, "type": "", "message": "Forbidden", "reason": "mutual TLS: no"},
    ]
    text = "\n".join(render({**ENTRY, "events": events}))

    assert "client certificate trusted: CN=ana" in text
    assert "client certificate refused: self signed certificate" in text
    assert "client certificate refused: no client certificate" in text
    assert "failed: Forbidden" in text


def test_what_is_left_of_a_secret_fills_no_screen() -> None:
    headers = {"authorization": ["*" * 900 + "tk6rw"], "x-short": ["***ab"]}
    request = {**EVENTS[0], "headers": headers}

    lines = [line.strip() for line in render({**ENTRY, "events": [request]})]

    assert "authorization: ********tk6rw" in lines
    assert "x-short: ***ab" in lines
