"""Lambda's API of 2015-03-31: functions and what belongs to them, as documents by the API's own field names.

A **function** has a document of its own (tags, reserved concurrency) and one for each **version**: `$LATEST`, which
changes, and numbers, which do not. An **alias** points to one version or shares its invocations among two. A
**qualifier** is the name of either. A **policy** is the resource-based policy of a function, a version or an alias.
A **layer** has numbered versions too, each a zip file that functions find under /opt. **Code** is kept outside the
store, by its SHA-256 (code_store.py), and the functions host is told of it by records (publisher.py).
"""
