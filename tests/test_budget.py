"""Bytes of bodies in flight: taken, refused, given back, waited for."""

from limen.budget import Budget


def test_bytes_are_refused_when_the_budget_is_taken():
    budget = Budget(100)

    assert budget.take(60)
    assert not budget.take(50)
    assert budget.take(40)
    assert budget.taken == 100


def test_a_body_larger_than_the_budget_passes_alone():
    budget = Budget(100)

    assert budget.take(500)
    assert not budget.take(1)


def test_those_who_wait_are_woken_in_order_while_there_is_room():
    budget = Budget(100)
    woken = []
    budget.take(100)
    for name in ("first", "second", "third"):
        budget.wait_room(lambda name=name: woken.append(name) or budget.take(50))

    budget.give(100)

    assert woken == ["first", "second"]
    budget.give(50)
    assert woken == ["first", "second", "third"]


def test_who_has_to_wait_again_comes_back_once_for_each_gift():
    budget = Budget(100)
    tries = []

    def try_again():
        tries.append(budget.taken)
        if not budget.take(90):
            budget.wait_room(try_again)

    budget.take(100)
    budget.wait_room(try_again)
    budget.give(5)
    budget.give(90)

    assert tries == [95, 5]


def test_a_peer_that_went_away_is_not_woken():
    budget = Budget(100)
    woken = []

    def ready():
        woken.append("gone")

    budget.take(100)
    budget.wait_room(ready)

    budget.stop_waiting(ready)
    budget.stop_waiting(ready)
    budget.give(100)

    assert woken == []
