"""Nodes that join: with the same key, under the same admin credentials."""

import pytest

from limen.aws.credentials import AccessKey
from limen.control.cluster.joining import WrongKeyError, check_key, join
from limen.store import Store

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
FIRST, SECOND, GIVEN = AccessKey("AKIAFIRST", "s1"), AccessKey("AKIASECOND", "s2"), AccessKey("AKIAGIVEN", "s3")


def test_the_first_key_is_the_one_of_all(shared: Store) -> None:
    check_key(shared, KEY, "/etc/limen/key")
    check_key(shared, KEY, "/etc/limen/key")
    with pytest.raises(WrongKeyError, match=r"/etc/other is not the one .* --key-file must name the same key"):
        check_key(shared, OTHER_KEY, "/etc/other")


def test_generated_credentials_of_the_first_control_node_are_those_of_all(shared: Store) -> None:
    assert join(shared, KEY, "key", SECOND, is_given=False, controls=False) == [SECOND]  # nobody has said more
    assert join(shared, KEY, "key", FIRST, is_given=False) == [FIRST]
    assert join(shared, KEY, "key", SECOND, is_given=False) == [FIRST]
    assert join(shared, KEY, "key", SECOND, is_given=False, controls=False) == [FIRST]


def test_given_credentials_come_before_generated_ones(shared: Store) -> None:
    join(shared, KEY, "key", FIRST, is_given=False)
    assert join(shared, KEY, "key", GIVEN, is_given=True) == [GIVEN]
    assert join(shared, KEY, "key", FIRST, is_given=False) == [GIVEN]
    assert join(shared, KEY, "key", SECOND, is_given=True, controls=False) == [SECOND, GIVEN]


def test_no_secret_is_readable_in_the_store(shared: Store) -> None:
    join(shared, KEY, "key", AccessKey("AKIAFIRST", "a-secret-of-this-test"), is_given=False)
    with shared.read_connection() as connection:
        rows = connection.exec_driver_sql("SELECT sealed FROM limen_secrets").scalars().all()
    assert len(rows) == 2
    assert not any("a-secret" in row or "AKIA" in row for row in rows)
