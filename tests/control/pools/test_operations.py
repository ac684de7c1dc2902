"""Which operations there are, and how often they may be called without a signature."""

import stat

from limen.control.pools.operations import OPERATIONS, UNSIGNED
from limen.control.pools.outbox import Outbox
from tests.control.pools.conftest import MODEL, Pools, Shop


def test_operations_are_those_of_the_model_with_its_signatures() -> None:
    assert set(MODEL.operation_names) >= set(OPERATIONS)
    assert {name for name in OPERATIONS if not MODEL.operation(name).needs_signature} == UNSIGNED


def test_an_operation_that_is_not_there_is_named(pools: Pools) -> None:
    refusal = pools.refuses("AdminListDevices", UserPoolId="us-east-1_x", Username="ana")

    assert refusal == "NotImplementedException: Limen does not implement AdminListDevices yet"


def test_one_address_cannot_call_without_end(pools: Pools) -> None:
    shop = Shop(pools)
    pools.access_key_id = ""

    answers = [pools.refuses("GetUser", AccessToken="a.b.c") for _ in range(130)]

    assert "TooManyRequestsException: Too many requests" in answers
    assert answers[0] == "NotAuthorizedException: Invalid Access Token"
    pools.address = "192.0.2.9"
    assert "Too many" not in pools.refuses("GetUser", AccessToken="a.b.c")
    assert shop.client


def test_the_outbox_is_its_owner_s_and_bounded(pools: Pools) -> None:
    outbox = Outbox(pools.outbox_file)
    message = {"pool": "p", "username": "u" * 1000, "to": "t", "kind": "k", "code": "c"}

    for _ in range(2000):
        outbox.send(**message)

    files = sorted(pools.outbox_file.parent.glob("outbox.jsonl*"))
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert sum(file.stat().st_size for file in files) < 3 << 20
