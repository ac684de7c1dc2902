"""What attackers try on who calls HTTP APIs: their Lambda, JWT and IAM authorizers, all before one backend.

By raw bytes of HTTP/1.1; test_attacks_http2.py has what HTTP/2 adds.
"""

import json
import socket
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from tests.e2e.guarded_http import KINDS, GuardedHttp
from tests.support.client import tls_socket
from tests.support.limen_process import LimenProcess
from tests.support.spellings import SPELLINGS, is_open, spell

ROOT = "arn:aws:iam::000000000000:root"
REFUSED = (400, 401, 403, 404)


@pytest.fixture(scope="module")
def guarded(limen: LimenProcess) -> Iterator[GuardedHttp]:
    made = GuardedHttp(limen)
    yield made
    made.close()


def test_who_may_pass_does_and_nobody_else(guarded: GuardedHttp) -> None:
    users = {kind: guarded.pass_as(kind).header("x-user") or "" for kind in KINDS}

    assert (users["function"], users["kept"], users["iam"]) == ("ana", "ana of a", ROOT)
    assert len(users["jwt"]) == 36
    assert {kind: guarded.send(f"/{kind}/x") for kind in KINDS} == {
        "function": (401, None),
        "kept": (401, None),
        "jwt": (401, None),
        "iam": (403, None),
    }


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("kind", ["function", "jwt", "iam"])
def test_no_spelling_leads_round_a_guard(guarded: GuardedHttp, kind: str, spelling: str) -> None:
    status, asked = guarded.send(spell(spelling, kind))

    assert status in (200, *REFUSED)
    assert asked is None or is_open(asked.target), asked.target


@pytest.mark.parametrize("target", ["/exact", "/exact/", "//exact", "/./exact", "/exact;a", "/EXACT", "/%65xact"])
def test_no_spelling_of_a_route_without_variables_falls_to_another(guarded: GuardedHttp, target: str) -> None:
    """`GET /exact` takes a token; what is not that path finds no route."""
    status, asked = guarded.send(target)

    assert status in REFUSED
    assert asked is None


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_no_method_is_less_guarded(guarded: GuardedHttp, verb: str) -> None:
    for kind in KINDS:
        assert guarded.send(f"/{kind}/x", verb=verb)[1] is None, kind
    for override in ("X-HTTP-Method-Override: OPTIONS", "X-Method-Override: OPTIONS"):
        assert guarded.send("/jwt/x", override, verb=verb)[1] is None


FORGED = [
    *("X-User: root", "x-user: root", "X_User: root", "X-Amzn-Oidc-Identity: root", "x_amzn_oidc_data: root"),
    *("X-Forwarded-Host: root", "X-Forwarded-User: root", "X_Forwarded_For: 6.6.6.6", "X-Forwarded-Prefix: /root"),
    *("X-Limen-Role: root", "X-Limen-Principal: root", "X-Limen-Source-Arn: root", "X_Limen_Role: root"),
    *("Apigw-Requestid: root", "X-Amzn-Vpce-Id: root", "X-Amzn-Mtls-Clientcert: root", "X_Amzn_Trace_Id: root"),
    *("Forwarded: for=root", "Forwarded_: root", "X-Forwarded-Proto: root", "X-Forwarded-Port: root"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("also", [[], ["Connection: close, X-User, Forwarded, Via, X-Amzn-Trace-Id"]])
def test_nobody_says_for_the_gateway_who_calls(guarded: GuardedHttp, kind: str, also: list[str]) -> None:
    asked = guarded.pass_as(kind, *FORGED, *also)

    said = {name.replace("_", "-") for name, value in asked.headers if "root" in value}
    assert said - {"forwarded-"} == ({"x-user"} if kind == "iam" else set())
    users = [value for name, value in asked.headers if name.replace("_", "-") == "x-user"]
    assert len(users) == 1
    assert kind != "iam" or users == [ROOT]
    assert (asked.header("forwarded") or "").startswith("by=127.0.0.1;for=127.0.0.1;host=")
    told = (asked.header("x-told-names") or "").split()
    assert not [name for name in told if name.startswith(("x-amzn-oidc", "x-limen", "x_amzn", "x_limen", "x_forw"))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["Authorization", "authorization"])
@pytest.mark.parametrize("is_first", [True, False])
def test_doubled_credentials_are_none(guarded: GuardedHttp, kind: str, name: str, is_first: bool) -> None:
    target = guarded.target_of(kind)
    good = guarded.credentials(kind, target)
    lines = [f"{name}: evil", *good] if is_first else [*good, f"{name}: evil"]

    status, asked = guarded.send(target, *lines)

    assert status in (401, 403)
    assert asked is None


@pytest.mark.parametrize("alias", ["Authorization_", "X-Authorization", "Proxy-Authorization", "_Authorization"])
@pytest.mark.parametrize("kind", KINDS)
def test_credentials_by_another_name_are_none(guarded: GuardedHttp, kind: str, alias: str) -> None:
    target = guarded.target_of(kind)
    lines = [line.replace("Authorization:", f"{alias}:", 1) for line in guarded.credentials(kind, target)]

    assert guarded.send(target, *lines)[1] is None


def test_a_token_in_the_query_is_none_where_a_header_is_asked_for(guarded: GuardedHttp) -> None:
    token = guarded.credentials("jwt", "/jwt/x")[0].rpartition(" ")[2]

    assert guarded.send(f"/jwt/x?Authorization={token}&access_token={token}") == (401, None)
    assert guarded.send("/jwt/x", f"Cookie: Authorization={token}") == (401, None)


def test_authorizer_and_backend_see_the_same_values(guarded: GuardedHttp) -> None:
    asked = guarded.pass_as(
        "function", "X-Tenant: a", "X-Tenant: b", "x-tenant: c", target="/function/x?user=ana&user=root&us%65r=evil"
    )

    assert asked.header("x-told-tenant") == "a,b,c"
    assert [value for name, value in asked.headers if name == "x-tenant"] == ["a", "b", "c"]
    assert json.loads(asked.header("x-told-query") or "") == {"user": "ana,root,evil"}
    assert unquote(asked.target.partition("?")[2]) == "user=ana&user=root&user=evil"


@pytest.mark.parametrize(
    "other",
    ["tenant=a&tenant=b", "tenant=b&tenant=a", "tenant=a%2Cb", "tenant=a,b", "tenant=a%00", "tenant=a+", "tenant=A"],
)
def test_a_kept_answer_is_for_the_very_same_values(guarded: GuardedHttp, other: str) -> None:
    assert guarded.pass_as("kept", target="/kept/x?tenant=a").header("x-user") == "ana of a"

    status, asked = guarded.send(f"/kept/x?{other}", *guarded.credentials("kept", ""))

    values = [unquote(pair.partition("=")[2]) for pair in other.replace("+", "%20").split("&")]
    assert status == 200 and asked is not None
    assert asked.header("x-user") == "ana of " + ",".join(values).rstrip("\0 ")
    assert unquote(asked.target.partition("?")[2].replace("+", "%20")) == unquote(other.replace("+", "%20"))


@pytest.mark.parametrize("query", ["", "tenant", "tenant=", "Tenant=a", "tenant[]=a", "xtenant=a"])
def test_a_missing_source_asks_nobody(guarded: GuardedHttp, query: str) -> None:
    guarded.pass_as("kept", target="/kept/x?tenant=a")

    assert guarded.send(f"/kept/x?{query}", *guarded.credentials("kept", "")) == (401, None)


def test_what_is_signed_is_what_is_asked(guarded: GuardedHttp) -> None:
    signed = guarded.credentials("iam", "/iam/x?a=1")

    assert guarded.send("/iam/x?a=1", *signed)[0] == 200
    for target in (
        "/iam/y?a=1",
        "/iam/x?a=2",
        "/iam/x?a=1&a=1",
        "/iam/x",
        "/iam/x/?a=1",
        "/iam/%78?a=1",
        "//iam/x?a=1",
    ):
        assert guarded.send(target, *signed)[1] is None, target
    assert guarded.send("/iam/x?a=1", *signed, verb="POST") == (403, None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_pipelined", [False, True])
def test_nothing_of_a_caller_is_left_on_its_connection(guarded: GuardedHttp, kind: str, is_pipelined: bool) -> None:
    target = guarded.target_of(kind)
    first = guarded.render(target, *guarded.credentials(kind, target), "X-Tenant: a")
    rest = [guarded.render(target), guarded.render("/open/x"), guarded.render(target)]
    guarded.backend.forget()

    with tls_socket(guarded.limen.port, guarded.limen.ca) as connection:
        if is_pipelined:
            connection.sendall(b"".join([first, *rest]))
        statuses = []
        for request in (first, *rest):
            if not is_pipelined:
                connection.sendall(request)
            statuses.append(_read_status(connection))

    assert statuses[0] == statuses[2] == 200
    assert {statuses[1], statuses[3]} <= {401, 403}
    passed, opened = guarded.backend.requests
    assert passed.header("x-user") and opened.header("x-user") is None
    assert not [
        name for name, _ in opened.headers if name in ("authorization", "x-tenant") or name.startswith("x-told")
    ]


def test_decisions_are_counted_by_authorizer(guarded: GuardedHttp) -> None:
    for _ in range(2):
        guarded.pass_as("kept", target="/kept/x?tenant=counted")
    guarded.pass_as("iam")
    assert guarded.send("/iam/x")[0] == 403

    text = guarded.limen.admin().get("/metrics").body.decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if f'api="{guarded.id}"' in line]
    found = {name: float(value) for name, _, value in lines if name.startswith("limen_authorizer")}

    place = f'api="{guarded.id}",stage="$default",authorizer='
    kept = next(each for each in guarded.client.get_authorizers(ApiId=guarded.id)["Items"] if each["Name"] == "kept")
    assert found[f'limen_authorizer_requests_total{{{place}"AWS_IAM",outcome="refused"}}'] >= 1
    assert found[f'limen_authorizer_requests_total{{{place}"{kept["AuthorizerId"]}",outcome="allowed"}}'] >= 2
    assert found[f'limen_authorizer_kept_total{{{place}"{kept["AuthorizerId"]}"}}'] >= 1
    assert found[f'limen_authorizer_latency_seconds_count{{{place}"{kept["AuthorizerId"]}"}}'] >= 1


def _read_status(connection: socket.socket) -> int:
    """Of one answer, which is taken off the connection byte by byte: what follows is that of the next."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    [length] = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while length:
        length -= len(connection.recv(length))
    return int(head.split(b" ", 2)[1])
