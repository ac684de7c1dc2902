"""Policies and what is asked of them, as hypothesis makes them up."""

from typing import Any

from hypothesis import strategies as st

from limen.aws.policies.asked import Asked, Asker

ACCOUNT, ROOT = "123456789012", "arn:aws:iam::123456789012:root"
NAMES = [ACCOUNT, ROOT, "arn:aws:iam::123456789012:user/ana", "arn:aws:iam::123456789012:role/dev"]

names = st.sampled_from(NAMES)
principals = st.one_of(
    st.just("*"),
    st.just({"AWS": "*"}),
    st.builds(lambda found: {"AWS": found}, st.lists(names, min_size=1, max_size=3)),
)
segments = st.lists(
    st.sampled_from(["a", "b", "*", "?", "/", "ab", "${aws:username}", "${*}", "${aws:x, 'b'}"]), max_size=6
)
resources = st.builds(lambda parts: "arn:aws:execute-api:r:1:" + "".join(parts), segments)
actions = st.sampled_from(["execute-api:Invoke", "execute-api:*", "*", "EXECUTE-API:INV?KE", "lambda:Invoke"])
texts = st.sampled_from(["a", "b", "ab", "A", "*", "a*", "?", ""])
addresses = st.one_of(
    st.builds("192.0.2.{}".format, st.integers(0, 4)),
    st.builds("2001:db8::{:x}".format, st.integers(0, 4)),
    st.builds("::ffff:192.0.2.{}".format, st.integers(0, 4)),
)
ranges = st.one_of(
    st.builds("192.0.2.{}/{}".format, st.integers(0, 4), st.integers(24, 32)),
    st.builds("2001:db8::{:x}/{}".format, st.integers(0, 4), st.integers(120, 128)),
    st.builds("192.0.2.{}".format, st.integers(0, 4)),
)
numbers = st.builds(str, st.integers(-2, 2))
dates = st.sampled_from(
    ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-06-01", "1767225600", "2025-12-31T23:59:59Z"]
)
dates = dates.filter(lambda text: "T" in text or text.isdigit())
arns = st.builds(
    lambda parts: "arn:aws:sns:r:1:" + "".join(parts), st.lists(st.sampled_from(["a", ":", "*", "?"]), max_size=4)
)


booleans = st.sampled_from(["true", "false"])


def conditions(operators: list[str], key: str, values: Any) -> Any:
    def build(operator: str, quantifier: str, suffix: str, wanted: list[str]) -> tuple[str, str, list[str]]:
        return quantifier + operator + suffix, key, wanted

    quantifiers = st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"])
    return st.builds(
        build,
        st.sampled_from(operators),
        quantifiers,
        st.sampled_from(["", "IfExists"]),
        st.lists(values, min_size=1, max_size=3),
    )


ORDERS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
condition = st.one_of(
    conditions(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"], "aws:Texts", texts),
    conditions(["StringEquals", "StringNotEqualsIgnoreCase", "StringLike"], "aws:UserName", texts),
    conditions(["IpAddress", "NotIpAddress"], "aws:SourceIp", ranges),
    conditions(["ArnEquals", "ArnNotLike", "ArnLike"], "aws:SourceArn", arns),
    conditions([f"Numeric{order}" for order in ORDERS], "aws:Age", numbers),
    conditions([f"Date{order}" for order in ORDERS], "aws:CurrentTime", dates),
    conditions(["Bool"], "aws:SecureTransport", booleans),
    st.builds(lambda wanted: ("Null", "aws:Texts", [wanted]), booleans),
)  # fmt: skip
excluding = st.one_of(
    conditions(["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"], "aws:Texts", texts),
    conditions(["StringNotLike"], "aws:UserName", st.text("ab*?", max_size=9)),
    conditions(["NotIpAddress"], "aws:SourceIp", ranges),
    conditions(["ArnNotEquals", "ArnNotLike"], "aws:SourceArn", arns),
    conditions(["NumericNotEquals"], "aws:Age", numbers),
    conditions(["DateNotEquals"], "aws:CurrentTime", dates),
    conditions(["Bool"], "aws:SecureTransport", st.just("false")),
    st.builds(lambda key, wanted: ("Null", key, [wanted]), st.sampled_from(["aws:Texts", "aws:Age"]), booleans),
)


@st.composite
def statements(draw: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Principal": draw(principals),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(st.lists(actions, min_size=1, max_size=2)),
        "Resource": draw(st.lists(resources, min_size=1, max_size=3)),
    }
    for operator, key, wanted in draw(st.lists(condition, max_size=2)):
        statement.setdefault("Condition", {}).setdefault(operator, {})[key] = wanted
    return statement


fixed_resources = st.builds(lambda text: "arn:aws:execute-api:r:1:" + text, st.text("ab/*?", max_size=5))


@st.composite
def exclusions(draw: Any) -> dict[str, Any]:
    """Statements that tell whom and what they are not about."""
    statement: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        **draw(
            st.one_of(
                principals.map(lambda named: {"Principal": named}),
                st.lists(names, min_size=1, max_size=3).map(lambda named: {"NotPrincipal": {"AWS": named}}),
            )
        ),
        draw(st.sampled_from(["Action", "NotAction"])): draw(st.lists(actions, min_size=1, max_size=2)),
        draw(st.sampled_from(["Resource", "NotResource"])): draw(st.lists(fixed_resources, min_size=1, max_size=3)),
    }
    for operator, key, wanted in draw(st.lists(excluding, max_size=2)):
        statement.setdefault("Condition", {}).setdefault(operator, {})[key] = wanted
    return statement


contexts = st.fixed_dictionaries(
    {},
    optional={
        "aws:texts": st.one_of(texts, st.lists(texts, max_size=3)),
        "aws:username": texts,
        "aws:sourceip": addresses,
        "aws:sourcearn": arns,
        "aws:age": numbers,
        "aws:currenttime": dates,
        "aws:securetransport": booleans,
    },
)
asked = st.builds(
    Asked,
    st.sampled_from(["execute-api:Invoke", "lambda:Invoke"]),
    st.builds(lambda text: "arn:aws:execute-api:r:1:" + text, st.text("ab/*", max_size=6)),
    contexts,
    st.one_of(
        st.builds(lambda found: Asker((found,), found), st.frozensets(names, max_size=2)),
        st.just(Asker((frozenset(NAMES[:2]), frozenset(NAMES[2:3])), frozenset(NAMES[:3]))),
        st.just(Asker()),
    ),
)

OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
full_contexts = st.fixed_dictionaries(
    {
        "aws:texts": st.lists(texts, min_size=1, max_size=3),
        "aws:username": texts,
        "aws:sourceip": addresses,
        "aws:sourcearn": arns,
        "aws:age": numbers,
        "aws:currenttime": dates,
        "aws:securetransport": booleans,
    }
)
