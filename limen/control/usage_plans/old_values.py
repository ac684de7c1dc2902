"""Brings API keys into today's form that an earlier Limen stored with their values in clear, with all they once were.

Done before anything else reads them: no revision is made, since nothing changes for whoever asks.
"""

import logging
from collections import defaultdict
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select, update

from limen.control.usage_plans.documents import INDEX
from limen.control.usage_plans.values import KeyValues, find_foreign_keys
from limen.store.store import Store
from limen.store.tables import VERSIONS

log = logging.getLogger("limen.control")

_v = VERSIONS.c
_IN_CLEAR = select(_v.parent, _v.key, _v.from_revision, _v.body).where(_v.noun == "ApiKey", _v.body.like('%"value":"%'))
_INDEXED = select(_v.parent, _v.key, _v.from_revision).where(_v.noun == INDEX)
_IN_PLANS = select(_v.parent, _v.key).where(_v.noun == "UsagePlanKey", _v.to_revision.is_(None))
_is_version = (_v.parent == bindparam("at_parent"), _v.key == bindparam("at_key"), _v.from_revision == bindparam("at"))
_SEAL = update(VERSIONS).where(_v.noun == "ApiKey", *_is_version).values(body=bindparam("new_body"))
_INDEX = update(VERSIONS).where(_v.noun == INDEX, *_is_version).values(key=bindparam("new_key"))


def look_at_api_keys(store: Store, values: KeyValues) -> None:
    """Seals those of an earlier Limen, and tells once of keys that this key file does not open."""
    if sealed := seal_old_values(store, values):
        log.warning("sealed %s stored values of API keys that were in clear", sealed)
    with store.reader() as reader:
        problem = find_foreign_keys(reader, values)
    if problem:
        log.error("%s", problem)


def seal_old_values(store: Store, values: KeyValues) -> int:
    """How many versions of keys had their value in clear; the file of the store is written anew without them."""
    with store.write_connection() as connection:
        old = [(row, document) for row in connection.execute(_IN_CLEAR) if "value" in (document := _read(row.body))]
        if not old:
            return 0
        plans = _plans_by_key(connection)
        sealed = [_place(row) | {"new_body": _sealed(values, row.parent, document, plans)} for row, document in old]
        indexed = [
            _place(row) | {"new_key": values.digest(row.parent, row.key)} for row in connection.execute(_INDEXED)
        ]
        connection.execute(_SEAL, sealed)
        if indexed:
            connection.execute(_INDEX, indexed)
    store.compact()
    return len(old)


def _read(body: str) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(body)
    return document


def _plans_by_key(connection: Connection) -> dict[str, list[str]]:
    plans: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(_IN_PLANS):
        plans[row.key].append(row.parent.removesuffix("/keys"))
    return plans


def _sealed(values: KeyValues, scope: str, document: dict[str, Any], plans: dict[str, list[str]]) -> str:
    value, key_id = document.pop("value"), document["id"]
    document["_digest"] = values.digest(scope, value)
    document["_sealed"] = values.close(scope, key_id, value)
    document["_plans"] = plans.get(key_id, [])
    return orjson.dumps(document).decode()


def _place(row: Any) -> dict[str, Any]:
    return {"at_parent": row.parent, "at_key": row.key, "at": row.from_revision}
