"""A bucket's leases: how many of its tokens each holder has, and since when the holder was not heard."""

from msgspec import Struct


class Lease(Struct, array_like=True):
    """Of one holder."""

    heard: float
    number: int = 0
    """Of the holder's last words."""
    granted: int = 0
    """In answer to them."""
    amount: int = 0
    """What the holder has in hand, as far as it has said."""
    waited_for: int = 0
    """Of `amount`, what was granted to calls that waited: spent, unless the next word says otherwise."""
    is_new: bool = True
    """Whether the holder's last words opened it."""


class Word(Struct, frozen=True):
    """What a demand has in common with all others."""

    holder: str
    number: int
    used: int
    back: int


class LeaseBook:
    """The leases of one bucket, by holder."""

    __slots__ = ("_leases", "_seconds", "held", "spare")

    def __init__(self, seconds: float) -> None:
        """`seconds`: after which a holder that is not heard has nothing any more."""
        self._leases: dict[str, Lease] = {}
        self._seconds = seconds
        self.held = 0
        """All that is leased."""
        self.spare = 0
        """What is leased and was not waited for: still in the bucket, as far as refilling goes."""

    def __len__(self) -> int:
        return len(self._leases)

    def find(self, holder: str) -> Lease | None:
        return self._leases.get(holder)

    def open(self, holder: str, now: float) -> Lease:
        lease = self._leases[holder] = Lease(now)
        return lease

    def settle(self, lease: Lease, word: Word) -> int:
        """Takes what was spent off the lease; the tokens that come back. More than it had comes from nobody.

        A word that is repeated has been taken in: its answer was lost, and what that granted ahead comes back. What
        was granted to calls that waited does not: its room may have been filled since.
        """
        if is_repeated(lease, word):
            used, back = lease.waited_for, lease.granted - lease.waited_for
        else:
            used = min(max(word.used, 0), lease.amount)
            back = min(max(word.back, 0), lease.amount - used)
            lease.is_new = False
        self.spare += lease.waited_for - used - back
        lease.waited_for = lease.granted = 0
        self._take(lease, used + back)
        return back

    def grant(self, lease: Lease, word: Word, waited_for: int, wanted: int) -> int:
        lease.number = word.number
        lease.granted = waited_for + wanted
        lease.waited_for = waited_for
        lease.amount += lease.granted
        self.held += lease.granted
        self.spare += wanted
        return lease.granted

    def spend(self, lease: Lease, calls: int) -> None:
        """What is told by deliveries: no more than the lease has."""
        spent = min(calls, lease.amount)
        waited_for = min(spent, lease.waited_for)
        lease.waited_for -= waited_for
        self.spare -= spent - waited_for
        self._take(lease, spent)

    def next_end(self, now: float) -> float:
        """When the first lease runs out; infinity when none has by now."""
        first = min((lease.heard for lease in self._leases.values()), default=now) + self._seconds
        return first if first <= now else float("inf")

    def bury(self, now: float) -> None:
        """Ends what has run out by now."""
        for holder, lease in list(self._leases.items()):
            if lease.heard + self._seconds <= now:
                self.held -= lease.amount
                self.spare -= lease.amount - lease.waited_for
                del self._leases[holder]

    def records(self) -> dict[str, Lease]:
        """By holder; to be written down at once."""
        return self._leases

    def restore(self, leases: dict[str, Lease], later: float) -> None:
        for holder, lease in leases.items():
            lease.heard += later
            self._leases[holder] = lease
            self.held += lease.amount
            self.spare += lease.amount - lease.waited_for

    def longest_unheard(self) -> float:
        """When the holder spoke that has been silent for the longest among those that have something."""
        return min((lease.heard for lease in self._leases.values() if lease.amount), default=0.0)

    def _take(self, lease: Lease, tokens: int) -> None:
        lease.amount -= tokens
        self.held -= tokens


def is_repeated(lease: Lease, word: Word) -> bool:
    """Whether the holder did not get the answer to its last words."""
    return 0 < word.number == lease.number


def is_outdated(lease: Lease, word: Word) -> bool:
    """Whether the holder has said more since: nobody waits for the answer."""
    return 0 < word.number < lease.number
