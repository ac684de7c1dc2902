"""Routing rules: what they ask of a request, in which order, and what path is left."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.features.domain_names.records import HeaderCondition, RuleRecord
from limen.features.domain_names.rules import Rules, compile_glob
from limen.gateway.exchange import Exchange
from limen.wire import Headers, header
from tests.features.domain_names.serving import rule
from tests.support.exchanges import exchange


def request(target: str = "/", *headers: tuple[str, str], **parts: Any) -> Exchange:
    """Headers may repeat."""
    made = exchange(f"GET {target}", **parts)
    made.headers = Headers((*made.headers, *(header(name.encode(), value.encode()) for name, value in headers)))
    return made


def find(rules: list[RuleRecord], asked: Exchange) -> tuple[str, str] | None:
    """The id of the rule, and the route path."""
    found = Rules(rules).find(asked)
    return None if found is None else (found[0].id, found[1].decode())


@pytest.mark.parametrize(
    ("glob", "fitting", "other"),
    [
        ("beta", ["beta"], ["Beta", "beta2", "xbeta", ""]),
        ("beta*", ["beta", "beta2"], ["Beta", "xbeta", ""]),
        ("*beta", ["beta", "xbeta"], ["beta2", "BETA"]),
        ("*beta*", ["beta", "xbeta", "beta2", "1beta2"], ["bet", "bEta"]),
        ("*", ["", "anything"], []),
        ("**", ["", "anything"], []),
        ("a*b", ["a*b"], ["axb", "ab"]),
        ("a,b", ["a,b"], ["a", "b", "a, b"]),
        ("be?a", ["be?a"], ["beta"]),
        ("[ab]", ["[ab]"], ["a"]),
    ],
)
def test_globs_are_open_at_their_ends_alone(glob: str, fitting: list[str], other: list[str]) -> None:
    matches = compile_glob(glob)

    assert [value for value in fitting + other if matches(value.encode())] == fitting


def test_the_name_of_a_header_has_no_case_and_its_value_has() -> None:
    rules = [rule(1, "a", x_version="Beta*")]

    assert find(rules, request("/", ("X-VERSION", "Beta2"))) == ("r1", "/")
    assert find(rules, request("/", ("x-version", "beta2"))) is None
    assert find(rules, request("/", ("x-version2", "Beta2"))) is None


def test_repeated_headers_are_looked_at_one_by_one_and_a_list_as_one() -> None:
    rules = [rule(1, "a", x_version="beta")]

    assert find(rules, request("/", ("x-version", "alpha"), ("x-version", "beta"))) == ("r1", "/")
    assert find(rules, request("/", ("x-version", "alpha,beta"))) is None


def test_any_value_is_asked_for_and_a_missing_header_has_none() -> None:
    rules = [rule(1, "a", x_version="*")]

    assert find(rules, request("/", ("x-version", ""))) == ("r1", "/")
    assert find(rules, request("/")) is None


def test_all_conditions_of_a_rule_are_asked_for() -> None:
    rules = [rule(1, "a", base_path="users", x_a="1", x_b="2")]

    assert find(rules, request("/users/7", ("x-a", "1"), ("x-b", "2"))) == ("r1", "/users/7")
    assert find(rules, request("/users/7", ("x-a", "1"))) is None
    assert find(rules, request("/user", ("x-a", "1"), ("x-b", "2"))) is None


def test_the_lowest_priority_comes_first_however_they_are_listed() -> None:
    rules = [rule(30, "c"), rule(10, "a", x_a="1"), rule(20, "b", base_path="b")]

    assert find(rules, request("/b", ("x-a", "1"))) == ("r10", "/b")
    assert find(rules, request("/b")) == ("r20", "/b")
    assert find(rules, request("/")) == ("r30", "/")


def test_a_longer_base_path_does_not_come_before_a_lower_priority() -> None:
    rules = [rule(1, "a", base_path="users"), rule(2, "b", base_path="users/admin")]

    assert find(rules, request("/users/admin/7")) == ("r1", "/users/admin/7")


@pytest.mark.parametrize(
    ("target", "kept", "stripped"),
    [
        ("/PetStore/dogs", "/PetStore/dogs", "/dogs"),
        ("/PetStore", "/PetStore", "/"),
        ("/PetStore/", "/PetStore/", "/"),
        ("/%50etStore/dogs?a=1", "/%50etStore/dogs", "/dogs"),
        ("//PetStore/dogs", "//PetStore/dogs", "/dogs"),
        ("/PetStore//dogs", "/PetStore//dogs", "//dogs"),
        ("/PetStore/../dogs", "/PetStore/../dogs", "/../dogs"),
        ("/petstore/dogs", None, None),
        ("/PetStores/dogs", None, None),
        ("/PetStore%2fdogs", None, None),
        ("/x/PetStore", None, None),
    ],
)
def test_a_base_path_is_a_beginning_by_segments(target: str, kept: str | None, stripped: str | None) -> None:
    for strips, expected in ((False, kept), (True, stripped)):
        found = find([rule(1, "a", base_path="PetStore", strips=strips)], request(target))
        assert found == (None if expected is None else ("r1", expected))


@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/2.0"])
@pytest.mark.parametrize("host", ["ana.shop.test", "ana.shop.test:8443"])
def test_the_host_can_be_asked_for_with_its_port_or_without(protocol: str, host: str) -> None:
    asked = exchange("GET /", host=host, protocol=protocol)
    if protocol == "HTTP/2.0":
        asked.headers = Headers(())

    assert find([rule(1, "a", host="ana.*")], asked) == ("r1", "/")
    assert find([rule(1, "a", host="ana.shop.test")], asked) == ("r1", "/")
    assert find([rule(1, "a", host="bob.*")], asked) is None


GLOBS = st.builds(
    lambda start, text, end: start + text + end,
    st.sampled_from(["", "*"]),
    st.text("ab*", max_size=3),
    st.sampled_from(["", "*"]),
)
VALUES = st.text("ab*", max_size=4)
BASES = st.none() | st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2).map("/".join)


def evaluate_glob(glob: str, value: str) -> bool:
    """Whether some text in place of the stars at the ends makes the value of the glob."""
    starts = range(len(value) + 1) if glob.startswith("*") else [0]
    ends = range(len(value) + 1) if glob.endswith("*") else [len(value)]
    text = glob.removeprefix("*").removesuffix("*")
    return any(value[start:end] == text and start <= end for start in starts for end in ends)


@given(GLOBS, VALUES)
def test_globs_match_what_the_definition_matches(glob: str, value: str) -> None:
    assert compile_glob(glob)(value.encode()) == evaluate_glob(glob, value)


@given(
    st.lists(st.tuples(BASES, st.lists(st.tuples(st.sampled_from(["x", "y"]), GLOBS), max_size=2)), max_size=6),
    st.lists(st.sampled_from(["a", "b", "%61", "", ".."]), max_size=3).map(lambda segments: "/" + "/".join(segments)),
    st.lists(st.tuples(st.sampled_from(["X", "y"]), VALUES), max_size=3),
)
def test_the_first_rule_answers_whose_conditions_all_hold(
    conditions: list[tuple[str | None, list[tuple[str, str]]]], path: str, sent: list[tuple[str, str]]
) -> None:
    rules = [
        RuleRecord(str(number), number, tuple(HeaderCondition(*each) for each in headers), base, "a", "prod", False)
        for number, (base, headers) in enumerate(conditions)
    ]
    segments = path.lstrip("/").replace("%61", "a").split("/")

    def holds(each: RuleRecord) -> bool:
        base = each.base_path.split("/") if each.base_path else []
        return segments[: len(base)] == base and all(
            any(name.lower() == wanted.name and evaluate_glob(wanted.glob, value) for name, value in sent)
            for wanted in each.headers
        )

    expected = next(((each.id, path) for each in rules if holds(each)), None)
    assert find(rules[::-1], request(path, *sent)) == expected
