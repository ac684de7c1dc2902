"""Access keys and the secrets behind them."""

import asyncio

import pytest

from limen.aws.credentials import AccessKey, StaticCredentials
from limen.aws.identities import UnknownSignerError


def test_only_known_keys_have_a_secret():
    credentials = StaticCredentials({"AKID": "secret"})

    signer = asyncio.run(credentials.find("AKID", None, 0))
    assert (signer.secret, signer.principal.is_root) == ("secret", True)
    for unknown in (("akid", None), ("AKID", "token")):
        with pytest.raises(UnknownSignerError):
            asyncio.run(credentials.find(*unknown, 0))


def test_a_key_does_not_print_its_secret():
    assert "hidden" not in repr(AccessKey("AKID", "hidden"))
