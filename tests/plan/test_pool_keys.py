"""Which keys of user pools workers are told, and what they do with them."""

from typing import Any

from limen.features.authorizers.jwks_issuers import Issuers
from limen.jose.signing import SigningKey
from limen.plan.channel import PoolKeys
from limen.plan.local_pools import LocalPools
from limen.plan.pool_keys import pool_changes
from limen.store.store import Store

KEY = SigningKey.generate()


def issuer_of(pool_id: str) -> str:
    return f"https://issuer/{pool_id}"


def put(store: Store, pool_id: str, **document: Any) -> int:
    with store.transaction() as transaction:
        transaction.put("UserPoolKeys", pool_id, "keys", {"keys": [KEY.public_jwk()]} | document)
        return transaction.revision


def test_workers_are_told_all_pools_first_and_changes_then() -> None:
    store = Store.open("sqlite://")
    since = put(store, "eu-west-1_a", _sealed="secret")
    put(store, "us-east-1_b")
    with store.transaction() as transaction:
        transaction.delete("UserPoolKeys", "eu-west-1_a", "keys")

    with store.reader() as reader:
        every, _ = pool_changes(reader, None, reader.revision, issuer_of)
        changed, gone = pool_changes(reader, since, reader.revision, issuer_of)

    told = PoolKeys("us-east-1_b", "us-east-1", "https://issuer/us-east-1_b", [KEY.public_jwk()])
    assert every == changed == [told]
    assert gone == ["eu-west-1_a"]
    store.close()


def test_a_worker_knows_the_pools_that_there_are() -> None:
    issuers = Issuers()
    pools = LocalPools(issuers)

    def known(name: str) -> bool:
        return KEY.id in issuers.get(issuer_of(name)).keys

    def keys(name: str) -> PoolKeys:
        return PoolKeys(name, "us-east-1", issuer_of(name), [KEY.public_jwk()])

    pools.apply([keys("a"), keys("b")], [], is_all=True)
    assert known("a") and known("b")
    pools.apply([keys("c")], ["a"], is_all=False)
    assert [known(name) for name in "abc"] == [False, True, True]
    pools.apply([keys("c")], [], is_all=True)
    assert [known(name) for name in "abc"] == [False, False, True]
