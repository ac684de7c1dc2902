"""What a signature covers is what came over the wire: nothing of it changes unnoticed."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from limen.features.authorizers.iam_request import request_of, signed_path
from limen.features.authorizers.iam_step import compile_iam_of_method
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.wire import Headers, header
from tests.support.exchanges import exchange
from tests.support.signing import guarded, routed, signed, tools_for, user


def passes(step: Any, asked: Exchange) -> bool:
    try:
        step(asked)
    except GatewayError as error:
        assert error.failure.status == 403
        return False
    return True


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/prod/pets", "/prod/pets"),
        ("/prod/pets/?a=b", "/prod/pets/"),
        ("/prod/a%20b", "/prod/a%2520b"),
        ("/prod/@x/$y", "/prod/%40x/%24y"),
        ("/_api/a1/prod/pets", "/_api/a1/prod/pets"),
        ("//prod//pets", "/prod/pets"),  # routing sees one slash: signers leave the others out
        ("/prod/pets//x", "/prod/pets//x"),  # routing sees two
        ("/prod/a/../b", "/prod/a/../b"),
        ("/prod/./b", "/prod/./b"),
    ],
)
def test_the_path_is_encoded_once_more_as_it_was_sent(target: str, path: str) -> None:
    assert signed_path(routed(exchange(f"GET {target}")), is_rest=True).decode() == path


def test_http_apis_tell_slashes_apart() -> None:
    asked = routed(exchange("GET /prod//pets"))
    assert signed_path(asked, is_rest=False) == b"/prod//pets"


def test_a_request_over_http_2_has_its_host() -> None:
    asked = exchange("GET /a?b=c", host="api.example:8443")
    asked.headers = Headers([header(b"accept", b"*/*")])
    made = request_of(asked)
    assert (made.path, made.query, made.find_header("host")) == ("/a", "b=c", "api.example:8443")


PARTS = st.text("abAB019-._~ /%+&=é€", max_size=12)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    segments=st.lists(
        st.text("ab19-_~ %+=é$@", min_size=1, max_size=6).filter(lambda text: text.strip(".")), max_size=3
    ),
    query=st.lists(st.tuples(st.text("abX-é +", min_size=1, max_size=4), st.text("ab é+=", max_size=4)), max_size=3),
    body=st.binary(max_size=20),
    expires=st.sampled_from([None, None, 60]),
)
def test_whatever_botocore_signs_passes(
    method: str, segments: list[str], query: list[tuple[str, str]], body: bytes, expires: int | None
) -> None:
    from urllib.parse import quote, urlencode

    target = "/prod/" + "/".join(quote(segment, safe="") for segment in segments)
    target += "?" + urlencode(query, quote_via=quote) if query else ""
    step = compile_iam_of_method(guarded(), tools_for(user()))
    for _ in range(2):
        body = b"" if expires else body  # botocore moves a presigned body into the query
        assert passes(step, signed(f"{method} {target}", {"X-A": "b  c"}, body, expires=expires)), target


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
@pytest.mark.parametrize("options", [{}, {"expires": 60}, {"regions": "*"}])
def test_any_byte_of_a_signed_part_that_changes_is_noticed(options: dict[str, Any], data: st.DataObject) -> None:
    body = b"" if "expires" in options else b'{"a": 1}'
    asked = signed("POST /prod/pets/7?a=%ff&b=2&c", {"X-Mine": "one", "Content-Type": "text/plain"}, body, **options)
    step = compile_iam_of_method(guarded(), tools_for(user()))
    if data.draw(st.booleans()):
        assert passes(step, signed("POST /prod/pets/7?a=%ff&b=2&c", {"X-Mine": "one", "Content-Type": "text/plain"}))
    changed = data.draw(st.sampled_from(["method", "target", "host", "body", *_signed_names(asked)]))
    other = _change(asked, changed, data)
    assert not passes(step, other), (changed, other.target, other.headers)


def _signed_names(asked: Exchange) -> list[str]:
    return [lower.decode() for lower, _, _ in asked.headers if lower not in (b"host", b"content-length")]


def _change(asked: Exchange, part: str, data: st.DataObject) -> Exchange:
    method, target, host, body = asked.method, asked.target, asked.host, asked.body
    headers = {name.decode(): value.decode("latin-1") for _, name, value in asked.headers if _ != b"host"}
    if part == "method":
        method = b"PUT"
    elif part == "target":
        target = _flip(target, data, b"abcdefgz019%-_~+.")
    elif part == "host":
        host = _flip(host, data, b"abc01.:")
    elif part == "body":
        body = _flip(body, data, bytes(range(256))) if body else b"x"
    else:
        name = next(each for each in headers if each.lower() == part)
        before = headers[name]
        headers[name] = _flip(before.encode("latin-1"), data, b"abcxyz0189/=;,").decode("latin-1")
        assume("".join(headers[name].split()) != "".join(before.split()))  # a space between parts may go
    line = f"{method.decode()} {target.decode('latin-1')}"
    return routed(exchange(line, headers, bytes(body), host=host.decode("latin-1")))


def _flip(text: bytes, data: st.DataObject, alphabet: bytes) -> bytes:
    """Another text: one byte is another one, is gone, or is new."""
    at = data.draw(st.integers(0, 100_000)) % len(text)  # signatures of 4A differ in length
    kept = data.draw(st.sampled_from(["replace", "remove", "insert"]))
    byte = bytes([data.draw(st.sampled_from(sorted(alphabet)))])
    if kept == "remove":
        return text[:at] + text[at + 1 :]
    if kept == "insert":
        return text[:at] + byte + text[at:]
    return text[:at] + (byte if byte != text[at : at + 1] else b"Q") + text[at + 1 :]


@pytest.mark.parametrize(("sent", "wanted"), [("GET", "DELETE"), ("POST", "PUT")])
def test_another_method_has_to_be_signed_as_well(sent: str, wanted: str) -> None:
    """X-HTTP-Method-Override makes another request of one that was signed."""
    step = compile_iam_of_method(guarded(), tools_for(user()))
    name = {"X-HTTP-Method-Override": wanted}
    for _ in range(2):
        added, meant = signed(f"{sent} /prod/pets", changed=name), signed(f"{sent} /prod/pets", name)
        added.method = meant.method = wanted.encode()
        assert not passes(step, added)
        assert passes(step, meant)


@pytest.mark.parametrize("claimed", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64])
def test_the_body_is_hashed_whatever_a_header_claims(claimed: str) -> None:
    step = compile_iam_of_method(guarded(), tools_for(user()))
    asked = signed("POST /prod/pets", {"X-Amz-Content-SHA256": claimed}, b"{}")
    assert not passes(step, asked), "botocore signs what the header claims"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    b"AWS4-HMAC-SHA256", b"AWS4-ECDSA-P256-SHA256", b" ", b",", b"=", b"Credential=", b"Signature=",
                    b"SignedHeaders=", b"host;x-amz-date", b"AKIDEXAMPLE/20260101/us-east-1/execute-api/aws4_request",
                    b"/", b"\xff", b";", b"00",
                ]
            ),
            max_size=14,
        ).map(b"".join),
    )
)  # fmt: skip
@pytest.mark.parametrize("is_query", [False, True])
def test_what_is_no_signature_is_refused_whatever_it_is(is_query: bool, given_value: bytes) -> None:
    step = compile_iam_of_method(guarded(), tools_for(user()))
    if is_query:
        text = given_value.decode("latin-1").replace(" ", "%20")
        asked = routed(exchange(f"GET /prod/pets?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-{text}&X-Amz-Signature={text}"))
    else:
        asked = routed(exchange("GET /prod/pets", {"X-Amz-Date": "20260101T000000Z"}))
        asked.headers = Headers([*asked.headers, header(b"Authorization", given_value)])
    assert not passes(step, asked)
