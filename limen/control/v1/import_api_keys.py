"""API keys from a file (developer guide, API Gateway API key file format)."""

import csv
import io
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Any

from limen.aws.errors import AwsError, bad_request
from limen.control.call import Call
from limen.control.v1 import api_keys, quotas
from limen.control.v1.api_key_values import check_value, find_by_value
from limen.control.v1.usage_plan_keys import add_to_plan
from limen.store.documents import Document

SHORTEST_VALUE = 30
"""Ten more characters than CreateApiKey asks for."""

REQUIRED = ("Key", "Name")


def import_api_keys(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """A row that cannot be used is a warning, or refuses the whole file where the caller asks for that."""
    ids: list[str] = []
    warnings: list[str] = []
    for number, row in enumerate(read_rows(members["body"]), 1):
        try:
            ids.append(_import(call, row, warnings))
        except AwsError as error:
            warnings.append(f"Row {number}: {error.message}")
    if warnings and members.get("failonwarnings"):
        raise bad_request(f"API keys were not imported because of warnings: {'; '.join(warnings)}")
    return {"ids": ids, "warnings": warnings}


def read_rows(body: bytes) -> Iterator[dict[str, str]]:
    """Values by the name of their column in lower case; columns may be in any order."""
    try:
        lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), skipinitialspace=True, strict=True)
        table = [_joined(line) for line in lines if any(line)]
    except (UnicodeDecodeError, csv.Error):
        raise bad_request("Invalid API key file specified: it must be CSV in UTF-8") from None
    names = [name.strip().lower() for name in table[0]] if table else []
    for required in REQUIRED:
        if required.lower() not in names:
            raise bad_request(f"Missing required column '{required}'")
    for line in table[1:]:
        values = (value.strip() for value in line)
        yield dict(zip_longest(names, islice(values, len(names)), fillvalue=""))


def _joined(fields: list[str]) -> list[str]:
    """A list in single quotes is one field, which csv has split at its commas."""
    joined: list[str] = []
    is_open = False
    for field in fields:
        if is_open:
            joined[-1] += f",{field}"
        else:
            joined.append(field)
        is_open = joined[-1].startswith("'") and not (len(joined[-1]) > 1 and joined[-1].endswith("'"))
    return [field[1:-1] if field.startswith("'") and field.endswith("'") else field for field in joined]


def _import(call: Call, row: dict[str, str], warnings: list[str]) -> str:
    """The id of the key; one of the same value is overwritten."""
    value = row["key"]
    check_value(value, SHORTEST_VALUE)
    if not row.get("name"):
        raise bad_request("API Key name cannot be empty")
    enabled = row.get("enabled", "").lower() or "true"
    if enabled not in ("true", "false"):
        raise bad_request(f"Invalid value of the column 'enabled': {row['enabled']}")
    key: Document = {"name": row["name"], "description": row.get("description", ""), "enabled": enabled == "true"}
    old = find_by_value(call, value)
    if old is None:
        quotas.check_room_in_account(call, "ApiKey")
        stored = api_keys.add_key(call, value, {"stageKeys": [], **key})
    else:
        stored = api_keys.put_key(call, old | key)
    for plan_id in filter(None, (each.strip() for each in row.get("usageplanids", "").split(","))):
        try:
            add_to_plan(call, plan_id, stored["id"], may_be_there=True)
        except AwsError as error:
            warnings.append(f"API key {stored['id']} was not added to usage plan {plan_id}: {error.message}")
    return str(stored["id"])
