"""Documents by noun, parent and key, every version of them numbered by the commit that made it.

**document**: a noun as AWS shapes it, a JSON object; our own fields begin with an underscore.
**parent**: what a document belongs to, a text (an API's id, "account/region").
**revision**: the number of a commit; there is no gap between two of them.
**version**: one state of a document, seen by the revisions from `from_revision` up to, not including, `to_revision`.

`Store.open(url)` gives the store, `store.reader()` a consistent view, `store.transaction()` the one writer.
"""

from limen.store.documents import Document
from limen.store.errors import StoreAwayError, StoreBusyError, StoreError, UnknownKeyError
from limen.store.reader import Reader
from limen.store.store import Store
from limen.store.transaction import Transaction

__all__ = [
    "Document",
    "Reader",
    "Store",
    "StoreAwayError",
    "StoreBusyError",
    "StoreError",
    "Transaction",
    "UnknownKeyError",
]
