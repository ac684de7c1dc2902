"""The names of keys. What one script touches has one hash tag, so that it is on one node of a cluster.

https://valkey.io/topics/cluster-spec/#hash-tags
"""

import binascii

SLOTS = 16384


def slot_of(key: bytes) -> int:
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            key = key[start + 1 : end]
    return binascii.crc_hqx(key, 0) % SLOTS  # CRC16/XMODEM


def escape(name: str) -> str:
    """So that no name ends a hash tag, or looks like two names."""
    return name.replace("%", "%25").replace("}", "%7D").replace("/", "%2F")


def unescape(name: str) -> str:
    return name.replace("%2F", "/").replace("%7D", "}").replace("%25", "%")


class Keys:
    """Of one installation: `prefix` tells it from others in the same server."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.holders = f"{prefix}holders".encode()
        self.clock = f"{prefix}clock".encode()
        self.plans = f"{prefix}plans".encode()
        """A sorted set, all of score 0: plans that anything was used under."""

    def bucket(self, name: str) -> bytes:
        # In a tag, as names of resources have braces: `{id}` would send half of all buckets to one node.
        return f"{self._prefix}bucket:{{{escape(name)}}}".encode()

    def cached(self, key: str) -> bytes:
        return f"{self._prefix}cache:{{{escape(key)}}}".encode()

    def keys_of_plan(self, plan_id: str) -> bytes:
        """A sorted set, all of score 0: API keys that used anything under the plan."""
        return f"{self._prefix}keys:{{{escape(plan_id)}}}".encode()

    def of(self, plan_id: str, key_id: str) -> "UsageKeys":
        return UsageKeys(f"{self._prefix}usage:{{{escape(plan_id)}/{escape(key_id)}}}:")


class UsageKeys:
    """Of an API key under a plan."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.quota = f"{prefix}quota".encode()
        """Leases of the current period, and the sum of what was used in it, in MessagePack."""
        self.hours = f"{prefix}hours".encode()
        """A hash: calls by hour, for quotas."""
        self.extras = f"{prefix}extras".encode()
        """A hash: by name of a period, calls more than the limit."""
        self.seen = f"{prefix}seen".encode()
        """A hash: by holder, the number of the last delivery that was counted, and the day on which it was."""
        self.days = f"{prefix}days".encode()
        """A sorted set: the days that have counters and a ledger."""

    def counters(self, day: int) -> bytes:
        """A hash: calls by hour, API, stage and method."""
        return f"{self._prefix}calls:{day}".encode()

    def ledger(self, day: int) -> bytes:
        """A list: minute, calls, API, stage and method of each entry, as they came."""
        return f"{self._prefix}ledger:{day}".encode()
