"""What is said of a shared state that workers found away; the database's absence: tests/e2e/test_cluster_loss.py."""

from typing import Any, cast

from limen.control.away import describe_lost_state
from limen.control.follower import Worker
from limen.control.publisher import Publisher
from limen.plan.channel import Hello, StateSeen
from limen.store.store import Store


def test_workers_say_when_they_are_without_the_shared_state() -> None:
    publisher = Publisher(Store.open("sqlite://"))
    workers = [Worker(Hello(index, 1000 + index), cast(Any, None)) for index in range(2)]
    publisher.followers.update(workers)

    def said(*words: bool) -> str:
        for worker, is_away in zip(workers, words, strict=True):
            worker.hear_state(StateSeen(is_away))
        return str(describe_lost_state(publisher))

    assert str(describe_lost_state(publisher)) == said(False, False) == "None"
    lost = said(True, True)
    assert lost.startswith("away since 2") and "for 2 of the workers" in lost
    assert "for 1 of the workers" in said(True, False)
    assert said(False, False) == "None"
