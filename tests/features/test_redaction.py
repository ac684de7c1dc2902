"""Secrets are masked, what helps is shown."""

import pytest

from limen.features.redaction import is_secret, mask, redact, redact_event, redact_uri


@pytest.mark.parametrize(
    "name",
    ["Authorization", "x-api-key", "X-Amz-Security-Token", "Cookie", "Set-Cookie", "access_token", "client_secret"],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["Accept", "X-Amzn-Trace-Id", "Content-Type", "keywords", "X-Amz-Date"])
def test_other_names(name: str) -> None:
    assert not is_secret(name)


def test_the_end_of_a_long_secret_is_shown() -> None:
    assert mask("abcdefghijklmnopqrstuvwxyz") == "*" * 20 + "uvwxyz"
    assert mask("short") == "*****"


def test_values_of_secrets_are_masked() -> None:
    assert redact({"Accept": "a", "Cookie": "abc", "X-Api-Key": ["a", "bc"]}) == {
        "Accept": "a",
        "Cookie": "***",
        "X-Api-Key": ["*", "**"],
    }


def test_secrets_in_a_uri_are_masked() -> None:
    assert redact_uri("https://me:pw@host/a?q=1&api_key=abc") == "https://me:**@host/a?q=1&api_key=***"
    assert redact_uri("https://host/a") == "https://host/a"


def test_a_host_that_is_none_keeps_nothing_out_of_the_logs() -> None:
    assert redact_uri("https://a[b/?token=t") == "https://a[b/?token=*"


def test_secrets_in_the_event_of_a_function_are_masked() -> None:
    event = '{"headers":{"Authorization":"abc","A":"b"},"multiValueHeaders":{"Cookie":["ab"]},"body":"x"}'

    assert redact_event(event) == (
        '{"headers":{"Authorization":"***","A":"b"},"multiValueHeaders":{"Cookie":["**"]},"body":"x"}'
    )
    for other in ("", "<html>", "[1]", '{"headers": null}', '{"name": "Rex"}'):
        assert redact_event(other) == other


def test_the_api_key_of_an_event_is_masked() -> None:
    event = '{"requestContext":{"path":"/","identity":{"sourceIp":"192.0.2.1","apiKey":"0123456789012345678901"}}}'
    masked = redact_event(event)
    assert '"apiKey":"****************678901"' in masked
    assert '"sourceIp":"192.0.2.1"' in masked
