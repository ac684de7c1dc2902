"""Request ids have the form of API Gateway's, and none comes twice."""

import re
from uuid import UUID

from limen.gateway.ids import next_request_id, next_uuid


def test_ids_are_fifteen_characters_and_an_equals_sign() -> None:
    assert all(re.fullmatch(rb"[A-Za-z0-9+/]{15}=", next_request_id()) for _ in range(1000))


def test_ids_do_not_repeat() -> None:
    assert len({next_request_id() for _ in range(10_000)}) == 10_000
    assert len({next_uuid() for _ in range(10_000)}) == 10_000


def test_uuids_are_random_ones() -> None:
    assert all(UUID(found := next_uuid()).version == 4 and str(UUID(found)) == found for _ in range(1000))
