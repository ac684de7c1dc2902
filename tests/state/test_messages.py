"""Words between holders and authority keep their meaning on the wire."""

import msgspec

from limen.state.messages import HOLD_SECONDS, LEASE_SECONDS, WORD_INTERVAL, Demand, QuotaDemand, Words


def test_words_come_back_as_they_were_said() -> None:
    words = Words(
        "holder",
        [Demand("bucket", 10.5, 20, used=3, back=1, need=1, want=4)],
        [QuotaDemand("plan", "key", 100, "DAY", 0, 1_700_000_000, back=0, need=1, want=0)],
    )

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(words), type=Words) == words


def test_a_holder_stops_before_its_lease_ends_and_speaks_well_before_that() -> None:
    assert 2 * WORD_INTERVAL < HOLD_SECONDS < LEASE_SECONDS
