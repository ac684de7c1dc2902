"""Documents of API keys and usage plans by their nouns, and what goes with a key."""

from limen.store.documents import Document
from limen.store.transaction import Transaction

KEY, PLAN = "ApiKey", "UsagePlan"
PLAN_KEY = "UsagePlanKey"
"""A key in a plan."""
INDEX = "ApiKeyValue"
"""The id of a key by the digest of its value."""
EXPIRY = "ApiKeyExpiry"
"""When a key that was rotated ends."""
GONE_PLAN = "GoneUsagePlan"
"""A plan whose counters are still to be forgotten."""


def keys_parent(plan_id: str) -> str:
    """The parent of the keys in a plan."""
    return f"{plan_id}/keys"


def remove_key(documents: Transaction, scope: str, key: Document) -> None:
    """It leaves its plans."""
    for plan_id in key["_plans"]:
        documents.delete(PLAN_KEY, keys_parent(plan_id), key["id"])
    documents.delete(INDEX, scope, key["_digest"])
    documents.delete(EXPIRY, scope, key["id"])
    documents.delete(KEY, scope, key["id"])
