"""Ids in the forms of AWS."""

import re

from limen.aws.ids import new_id, new_request_id


def test_ids_have_the_form_of_aws():
    assert all(re.fullmatch("[a-z0-9]{10}", new_id(10)) for _ in range(100))
    assert len({new_id(10) for _ in range(1000)}) == 1000


def test_request_ids_are_uuids():
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", new_request_id())
