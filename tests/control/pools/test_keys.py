"""Signing keys of pools: two each, sealed with the key of the data directory."""

import pytest

from limen.control.pools.tools import PoolTools
from limen.jose.compact import parse_token
from tests.control.pools.conftest import Pools, Shop


def test_id_and_access_tokens_are_signed_by_different_keys(shop: Shop) -> None:
    shop.add_user("ana")
    tokens = shop.tokens("ana")

    with shop.pools.store.reader() as reader:
        document = reader.get("UserPoolKeys", shop.id, "keys")
    assert document is not None
    published = [key["kid"] for key in document["keys"]]
    used = [parse_token(tokens[name].encode()).key_id for name in ("IdToken", "AccessToken")]
    assert used == published
    assert "PRIVATE" not in str(document)


def test_the_key_of_another_data_directory_opens_nothing(shop: Shop, pools: Pools) -> None:
    shop.add_user("ana")
    shop.tokens("ana")

    pools.use(PoolTools(bytes([1]) * 32, None, lambda: pools.time))

    with pytest.raises(Exception, match="not sealed here"):
        shop.sign_in("ana")
