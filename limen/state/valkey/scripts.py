"""The scripts that run in the server: files of this folder, with the numbers of the protocol in front.

https://valkey.io/topics/eval-intro/
"""

import hashlib
from datetime import UTC, datetime
from importlib import resources

from msgspec import Struct

from limen.state import buckets
from limen.state.engine import HOLDER_SECONDS
from limen.state.messages import LEASE_SECONDS, QUOTA_LEASE_SECONDS, WORD_INTERVAL

DAYS_KEPT = 400
"""Counters of a day go so long after the last call that was counted in it."""
REPEATS_KEPT_DAYS = 8
"""For so long it is known which deliveries of a holder were counted: older ones are not recognised any more."""

CONSTANTS: dict[str, float] = {
    "LEASE_MICROS": LEASE_SECONDS * 1_000_000,
    "QUOTA_LEASE_MICROS": QUOTA_LEASE_SECONDS * 1_000_000,
    "HOLDER_MICROS": HOLDER_SECONDS * 1_000_000,
    "WORD_INTERVAL": WORD_INTERVAL,
    "SHORTEST_WAIT": buckets.SHORTEST_WAIT,
    "LONGEST_WAIT": buckets.LONGEST_WAIT,
    "SMALL_BURST": buckets.SMALL_BURST,
    "LAST_CALLS": buckets.LAST_CALLS,
    "ROUNDING": 1e-6,  # of a token: what sums of many small refills may miss
    "LONGEST_LIFE": 30 * 86400,
    "BUCKET_REST": 15,  # seconds: repeated words are recognised for so long
    "QUOTA_REST": 3600,  # what was used is summed up anew after it
    "DAYS_KEPT": DAYS_KEPT,
    "HOURS_KEPT_DAYS": 40,  # more than a month, the longest period
    "REPEATS_KEPT_DAYS": REPEATS_KEPT_DAYS,
    "LAST_HOUR": datetime(9999, 12, 1, tzinfo=UTC).timestamp() // 3600 - 1,
}


class Script(Struct, frozen=True):
    """`digest` is the SHA-1 of the source, in hexadecimal, as servers know it."""

    name: str
    source: str
    digest: str


def load_script(name: str, *parts: str) -> Script:
    """NAME.lua with the files that it is based on in front: one text, as scripts cannot load others."""
    constants = [f"local {name} = {value:.17g}" for name, value in CONSTANTS.items()]
    files = [resources.files(__package__).joinpath(f"{part}.lua").read_text("utf-8") for part in (*parts, name)]
    source = "\n".join([*constants, *files])
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


LEASE = load_script("lease", "clock", "leases")
LEASE_QUOTA = load_script("lease_quota", "clock", "leases", "periods", "quotas")
DELIVER = load_script("deliver", "clock", "leases")
EXTEND = load_script("extend", "clock", "leases", "periods", "quotas")
MEET = load_script("meet", "clock")

ALL = (LEASE, LEASE_QUOTA, DELIVER, EXTEND, MEET)
