"""Principals as one process describes them to another."""

import pytest

from limen.aws.identities import Principal
from limen.aws.principals import describe_principal, read_principal


def test_what_policies_of_resources_ask_about_arrives() -> None:
    session = Principal(
        kind="AssumedRole",
        arn="arn:aws:sts::000000000000:assumed-role/ci/run",
        account="000000000000",
        user_id="AROACI:run",
        name="ci",
        issuer="arn:aws:iam::000000000000:role/ci",
        policies=("{}",),
        access_key_id="ASIA",
    )
    described = describe_principal(session)

    assert described.isascii()
    assert b"ASIA" not in described
    assert read_principal(described).principal_arn == session.issuer
    assert read_principal(described).arn == session.arn


@pytest.mark.parametrize("described", [b"", b"[]", b'["User"]', b"{}", b"\xff"])
def test_what_is_no_description_is_a_value_error(described: bytes) -> None:
    with pytest.raises(ValueError):
        read_principal(described)
