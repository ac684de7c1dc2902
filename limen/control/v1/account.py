"""The account: what API Gateway knows of it in a region, one document."""

import re
from typing import Any

from limen.aws.errors import bad_request
from limen.aws.patch import ADD, PLAIN, REMOVE, REPLACE, Edit, Elements, PatchPath, PatchPaths
from limen.control.call import Call
from limen.control.documents import answer
from limen.features.throttling.settings import OF_ACCOUNT
from limen.store.documents import Document

KEY = "account"
NEW: Document = {
    "apiKeyVersion": "4",
    "features": ["UsagePlans"],
}
"""As an account is that nothing was changed of."""

_ROLE = re.compile(r"arn:[a-z0-9-]+:iam::\d{12}:role/[\w+=,.@/-]+")


def get_account(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _answer(call, find_account(call))


def update_account(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = PATCH_PATHS.apply(find_account(call), members.get("patchOperations"))
    call.documents.put("Account", call.scope, KEY, changed)
    return _answer(call, changed)


def find_account(call: Call) -> Document:
    return call.documents.get("Account", call.scope, KEY) or NEW


def _answer(call: Call, account: Document) -> dict[str, Any]:
    """With the limit of all APIs together, a setting of Limen: AWS's where none is set, for clients that read it."""
    rate, burst = call.settings.account_throttle or OF_ACCOUNT
    return answer(account) | {"throttleSettings": {"burstLimit": burst, "rateLimit": rate}}


def _role(edit: Edit) -> str | None:
    """No role has to be set for logs here: they go to files."""
    if edit.value and not _ROLE.fullmatch(edit.value):
        raise bad_request("The role ARN does not have required permissions set to API Gateway")
    return edit.value or None


def _feature(edit: Edit) -> str | None:
    if edit.value != "UsagePlans":
        raise bad_request(f"Invalid feature specified: {edit.value}. Must be one of [UsagePlans]")
    return edit.value


class _Features(Elements, frozen=True):
    def remove(self, document: Document, edit: Edit) -> None:
        _feature(edit)
        raise bad_request("Usage Plans cannot be disabled once they have been enabled")


PATCH_PATHS = PatchPaths(
    [
        PatchPath("/cloudwatchRoleArn", (REPLACE,), _role),
        PatchPath("/features", (ADD, REMOVE), _feature, _Features(("features",))),
    ],
    PLAIN,
)
