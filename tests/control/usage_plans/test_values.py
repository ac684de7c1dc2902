"""How values of API keys are kept."""

from limen.control.usage_plans.values import KeyValues
from limen.features.usage_plans.records import digest_of

SCOPE = "000000000000/us-east-1"
VALUE = "a-value-of-twenty-characters-or-more"


def test_a_value_is_found_by_what_workers_make_of_it():
    values = KeyValues(b"k" * 32)
    assert bytes.fromhex(values.digest(SCOPE, VALUE)) == digest_of(values.pepper, SCOPE, VALUE.encode())
    assert values.digest(SCOPE, VALUE) != values.digest("000000000000/eu-west-1", VALUE)
    assert values.digest(SCOPE, VALUE) != KeyValues(b"o" * 32).digest(SCOPE, VALUE)


def test_a_value_opens_for_its_own_key_alone():
    values = KeyValues(b"k" * 32)
    sealed = values.close(SCOPE, "a1", VALUE)
    assert VALUE not in sealed
    assert values.open(SCOPE, {"id": "a1", "_sealed": sealed}) == VALUE
    assert values.open(SCOPE, {"id": "b2", "_sealed": sealed}) is None
    assert KeyValues(b"o" * 32).open(SCOPE, {"id": "a1", "_sealed": sealed}) is None
