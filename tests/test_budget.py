"""Bytes in flight: what fits is taken, what does not waits its turn."""

from limen.budget import Budget


def test_what_fits_is_taken_and_given_back() -> None:
    budget = Budget(100)
    assert budget.take(60)
    assert not budget.take(50)
    budget.give(60)
    assert budget.taken == 0
    assert budget.take(50)


def test_more_than_the_whole_budget_passes_alone() -> None:
    budget = Budget(100)
    assert budget.take(500)
    assert not budget.take(1)


def test_who_waits_is_woken_in_order_while_there_is_room() -> None:
    budget, woken = Budget(100), list[str]()
    budget.take(100)
    budget.wait_room(lambda: woken.append("first") if budget.take(100) else None)
    budget.wait_room(lambda: woken.append("second"))
    budget.give(100)
    assert woken == ["first"]
    budget.give(100)
    assert woken == ["first", "second"]


def test_who_stops_waiting_is_not_woken() -> None:
    budget, woken = Budget(100), list[str]()

    def ready() -> None:
        woken.append("ready")

    budget.take(100)
    budget.wait_room(ready)
    budget.stop_waiting(ready)
    budget.stop_waiting(ready)
    budget.give(100)
    assert woken == []
