"""What a worker has in hand of one limit."""

import pytest

from limen.features.throttling.bucket import METHOD, Bucket, Quota, Share


@pytest.mark.parametrize(("rate", "burst", "is_shut"), [(1.0, 1, False), (0.0, 1, True), (1.0, 0, True)])
def test_without_rate_or_burst_nothing_passes(rate: float, burst: int, is_shut: bool) -> None:
    assert Bucket("b", METHOD, rate, burst).is_shut is is_shut


def test_a_quota_of_nothing_is_the_authoritys_to_decide() -> None:
    assert not Quota("q", "p", "k", 0, "DAY", 0, 0).is_shut


def test_what_is_in_hand_of_a_shut_bucket_is_not_spent() -> None:
    bucket = Bucket("b", METHOD, 1.0, 10)
    bucket.tokens, bucket.hold_until = 5, 100.0
    bucket.change(0.0, 10)

    assert bucket.hold_until == 0.0


def test_a_changed_quota_is_asked_about_again() -> None:
    quota = Quota("q", "p", "k", 10, "DAY", 0, 0)
    quota.retry_at = 9.0
    quota.change_quota(10, "DAY", 0, 0)
    assert quota.retry_at == 9.0
    quota.change_quota(20, "DAY", 0, 0)
    assert (quota.retry_at, quota.burst) == (0.0, 20)


def test_a_share_fills_by_its_rate() -> None:
    share = Share(2.0, 3.0, 10.0, 0.0)
    for _ in range(3):
        assert share.has_one(0.0)
        share.take()
    assert not share.has_one(0.4)
    assert share.has_one(0.5)
