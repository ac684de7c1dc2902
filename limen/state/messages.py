"""What holders of tokens and the authority over them say to each other.

A **holder** is a gateway worker, by an id that is made anew whenever one starts. The **authority** is the state host of
this machine, or scripts in a Valkey server. A holder takes tokens in advance (a lease), spends them without asking,
and says a word on each bucket in which it holds any at least every WORD_INTERVAL: what it spent, what it gives back.
The authority counts leased tokens as still in their bucket, so that over any window no more than burst + rate x window
are admitted. A holder that was not heard on a bucket for LEASE_SECONDS is dead: its tokens there are free to be
refilled. A holder stops spending what it sent no acknowledged word on for HOLD_SECONDS, by its own monotonic clock.
All times are the authority's; a holder's clock decides nothing.

Words are numbered. Where an answer is lost, the holder says the same words by the same number again: the authority
counts nothing twice, takes back what the lost answer granted ahead, and answers anew. Where it knows of no lease any
more (it had run out, or the authority began anew), what the words say of it counts for nothing, and the answer says
`lapsed`: the holder drops what it has in hand.
"""

from msgspec import Struct

WORD_INTERVAL = 0.25
HOLD_SECONDS = 0.75
LEASE_SECONDS = 1.0
QUOTA_LEASE_SECONDS = 5.0
"""The same for quotas: what a holder spent before it died may still be delivered, and must not be admitted twice."""
LEDGER_DAYS = 35
"""For so long a ledger is kept where no setting says otherwise."""
ANSWER_TIMEOUT = 1.0
"""Seconds after which an authority that does not answer counts as away."""

HOUR, DAY, WEEK, MONTH = "HOUR", "DAY", "WEEK", "MONTH"


class Demand(Struct, array_like=True, frozen=True):
    """A holder's word on a token bucket."""

    bucket: str
    """Its name, which no other limit has."""
    rate: float
    """Tokens per second."""
    burst: int
    """Tokens that fit; both as the holder's plan says, the newest word holds."""
    used: int
    """Spent since the holder's last acknowledged word."""
    back: int
    """Unspent, given back."""
    need: int
    """Calls that wait for a token."""
    want: int
    """Tokens beyond that, to have in hand: granted while they are plenty."""


class Grant(Struct, array_like=True, frozen=True):
    """The authority's answer to a Demand."""

    tokens: int
    """From 0 to need + want: the holder's, beside what it kept."""
    retry_after: float
    """Seconds until a token may be there again; 0.0 where `need` was met."""
    remaining: int
    """Free tokens after this grant, for those who like to know."""
    lapsed: bool = False
    """The authority knew of no lease: what the holder had in hand before is worth nothing."""


class QuotaDemand(Struct, array_like=True, frozen=True):
    """A holder's word on the quota of an API key in a usage plan. What it spent is told by deliveries alone."""

    plan_id: str
    key_id: str
    limit: int
    period: str
    """HOUR, DAY, WEEK or MONTH, of the calendar in UTC."""
    offset: int
    """Requests less than `limit` in the period in which the plan's quota began."""
    began: int
    """Seconds since 1970 at which it began."""
    back: int
    need: int
    want: int


class QuotaGrant(Struct, array_like=True, frozen=True):
    """The authority's answer to a QuotaDemand."""

    tokens: int
    retry_after: float
    """Seconds until one may be there: to the end of the period, or less where other holders may give back."""
    remaining: int
    """Of the period, after what is used and leased."""
    period_ends: float
    """Seconds from now. What was leased in a period is worth nothing after it."""
    lapsed: bool = False
    """As in Grant; what was spent is still to be delivered."""


class Words(Struct, array_like=True, frozen=True):
    """All that a holder has to say at once."""

    holder: str
    demands: list[Demand]
    quotas: list[QuotaDemand]
    number: int = 0
    """Of these words among the holder's, in order from 1; repeated, they keep it. 0: they are never repeated."""


class Leases(Struct, array_like=True, frozen=True):
    """The answers, in the order of the words."""

    grants: list[Grant]
    quotas: list[QuotaGrant]
    holders: int
    """How many were heard of in the last seconds: each may admit that share by itself when the authority is away."""
    now: float
    """Seconds since 1970 by the authority's clock."""


class Used(Struct, array_like=True, frozen=True):
    """Admitted calls of a key under a plan, at a method in a minute."""

    plan_id: str
    key_id: str
    api_id: str
    stage_name: str
    method: str
    """`GET /pets`, as metrics name it."""
    minute: int
    """Minutes since 1970, by the authority's clock as the holder was told it, else by the machine's."""
    calls: int


class Delivery(Struct, array_like=True, frozen=True):
    """Admitted calls that were not told before. One that is repeated, by its number, counts once."""

    holder: str
    number: int
    """From 1; each holder's deliveries are numbered in order."""
    used: list[Used]


class UsageQuestion(Struct, array_like=True, frozen=True):
    """What was used under a plan from one hour up to and with another (hours since 1970)."""

    plan_id: str
    key_ids: list[str] | None
    """None: all that used any."""
    first_hour: int
    last_hour: int


class UsageRow(Struct, array_like=True, frozen=True):
    """Calls counted in an hour."""

    key_id: str
    api_id: str
    stage_name: str
    method: str
    hour: int
    calls: int


class UsageAnswer(Struct, array_like=True, frozen=True):
    rows: list[UsageRow]
    extras: dict[str, dict[str, int]]
    """By key and name of a period (see periods): requests more (or less) than the limit, given by UpdateUsage."""
    now: float
    """Seconds since 1970 by the authority's clock."""


class LedgerQuestion(Struct, array_like=True, frozen=True):
    """The ledger's entries of a plan (None: of all), between two minutes, both included."""

    plan_id: str | None
    first_minute: int
    last_minute: int
    after: str = ""
    """Where the last page ended."""


class LedgerPage(Struct, array_like=True, frozen=True):
    entries: list[Used]
    position: str
    """Where to go on; "" at the end."""


class Extension(Struct, array_like=True, frozen=True):
    """Makes what is left of the current period of a key's quota `remaining` (UpdateUsage)."""

    plan_id: str
    key_id: str
    limit: int
    period: str
    offset: int
    began: int
    remaining: int
