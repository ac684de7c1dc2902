"""Which closed versions did a revision see? An interval tree in one indexed column.

A version is seen by an interval of revisions. Its two ends, doubled so that they always differ, agree in their bits
down to some bit k, where the lower end has 0 and the upper end has 1; that common prefix with bit k set is the
version's span. A revision lies in an interval of a given span only if it has the same prefix, so there is one span
per bit to look at, and within each a single comparison decides: with `from_revision` where the revision is in the
lower half, with `to_revision` where it is in the upper. So a look into the past reads the versions that it
answers and none of those that came and went since (relational interval tree, Kriegel et al., VLDB 2000).
"""


def span_of(from_revision: int, to_revision: int) -> int:
    lower, upper = 2 * from_revision, 2 * to_revision - 1
    bit = (lower ^ upper).bit_length() - 1
    return (upper >> bit) << bit


def spans_around(revision: int, last_revision: int) -> tuple[list[int], list[int]]:
    """Spans whose versions are seen if they begin by `revision`, and spans whose are seen if they end after it."""
    lower_half: list[int] = []
    upper_half: list[int] = []
    point = 2 * revision
    for bit in range((2 * max(revision, last_revision) + 1).bit_length()):
        span = (point >> (bit + 1) << (bit + 1)) | (1 << bit)
        (upper_half if point >> bit & 1 else lower_half).append(span)
    return lower_half, upper_half
