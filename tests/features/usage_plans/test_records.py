"""Digests of API keys."""

from limen.features.usage_plans.records import digest_of


def test_a_digest_depends_on_pepper_scope_and_value() -> None:
    digests = {
        digest_of(pepper, scope, value)
        for pepper in (b"p", b"q")
        for scope in ("1/us-east-1", "1/eu-west-1")
        for value in (b"value", b"other")
    }

    assert len(digests) == 8
