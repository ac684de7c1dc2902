"""Stores of an earlier Limen, which kept values of API keys in clear."""

import pytest
from sqlalchemy import select

from limen.control.usage_plans.old_values import seal_old_values
from limen.control.usage_plans.values import KeyValues, find_foreign_keys
from limen.store.store import Store
from limen.store.tables import VERSIONS

SCOPE = "000000000000/us-east-1"
VALUE = "a-value-of-twenty-characters-or-more"
OTHER = "another-value-that-was-deleted-since"


@pytest.fixture
def old(control):
    """A store with a key in a plan, one that was changed since, and one that was deleted; with the ids of the first
    two and of the plan."""
    plan_id = control("CreateUsagePlan", name="basic")["id"]

    def store_as_before(value, **members):
        key_id = control("CreateApiKey", value=value, **members)["id"]
        with control.store.transaction() as documents:
            key = documents.get("ApiKey", SCOPE, key_id)
            documents.delete("ApiKeyValue", SCOPE, key["_digest"])
            kept = {name: each for name, each in key.items() if not name.startswith("_")}
            documents.put("ApiKey", SCOPE, key_id, kept | {"value": value})
            documents.put("ApiKeyValue", SCOPE, value, {"id": key_id})
        return key_id

    key_id, gone_id = store_as_before(VALUE, name="ann", enabled=True), store_as_before(OTHER)
    with control.store.transaction() as documents:
        documents.put("UsagePlanKey", f"{plan_id}/keys", key_id, {"id": key_id, "type": "API_KEY"})
        documents.put("ApiKey", SCOPE, key_id, documents.get("ApiKey", SCOPE, key_id) | {"name": "bob"})
    with control.store.transaction() as documents:
        documents.delete("ApiKey", SCOPE, gone_id)
        documents.delete("ApiKeyValue", SCOPE, OTHER)
    return key_id, plan_id


def test_keys_work_as_before(control, old):
    key_id, plan_id = old
    assert seal_old_values(control.store, control.settings.key_values) > 0

    key = control("GetApiKey", api_Key=key_id, includeValue=True)
    assert (key["name"], key["value"], key["enabled"]) == ("bob", VALUE, True)
    assert control.items("GetUsagePlanKeys", usageplanId=plan_id)[0]["value"] == VALUE
    assert [plan["id"] for plan in control.items("GetUsagePlans", keyId=key_id)] == [plan_id]
    assert control.refuses("CreateApiKey", value=VALUE)[0] == "ConflictException"
    assert control("CreateApiKey", value=OTHER)["value"] == OTHER
    assert seal_old_values(control.store, control.settings.key_values) == 0


def test_no_value_is_left_in_any_version_or_file(control, old, tmp_path):
    before = b"".join(path.read_bytes() for path in tmp_path.glob("limen.db*"))
    assert VALUE.encode() in before and OTHER.encode() in before
    seal_old_values(control.store, control.settings.key_values)

    with control.store.read_connection() as connection:
        rows = " ".join(f"{row.key} {row.body}" for row in connection.execute(select(VERSIONS)))
    after = b"".join(path.read_bytes() for path in tmp_path.glob("limen.db*"))
    for value in (VALUE, OTHER):
        assert value not in rows and value.encode() not in after


def test_keys_of_another_key_file_are_told_of(control):
    def problem(values: KeyValues) -> str:
        with control.store.reader() as reader:
            return find_foreign_keys(reader, values)

    assert problem(KeyValues(b"o" * 32)) == ""
    control("CreateApiKey")
    assert problem(control.settings.key_values) == ""
    assert "sealed under another key file" in problem(KeyValues(b"o" * 32))


def test_a_store_without_keys_is_left_alone(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    try:
        assert seal_old_values(store, KeyValues(b"k" * 32)) == 0
        with store.reader() as reader:
            assert reader.revision == 0
    finally:
        store.close()


def test_postgresql_is_sealed_the_same_way(postgres_url):
    store, values = Store.open(postgres_url), KeyValues(b"k" * 32)
    try:
        with store.transaction() as documents:
            documents.put("ApiKey", SCOPE, "k1", {"id": "k1", "value": VALUE, "enabled": True, "stageKeys": []})
            documents.put("ApiKeyValue", SCOPE, VALUE, {"id": "k1"})
            documents.put("UsagePlanKey", "p1/keys", "k1", {"id": "k1", "type": "API_KEY"})
        assert seal_old_values(store, values) == 1
        with store.reader() as reader:
            key = reader.get("ApiKey", SCOPE, "k1")
            found = reader.get("ApiKeyValue", SCOPE, values.digest(SCOPE, VALUE))
        assert (values.open(SCOPE, key), key["_plans"], found, "value" in key) == (VALUE, ["p1"], {"id": "k1"}, False)
    finally:
        store.close()
