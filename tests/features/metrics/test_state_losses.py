"""Losses of the shared state as Prometheus reads them."""

from limen.features.metrics.state_losses import StateLosses


def values(text: str) -> dict[str, int]:
    pairs = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return {name: int(value) for name, value in pairs}


def test_losses_of_all_workers_are_added_up() -> None:
    losses = StateLosses()
    losses.render([{"worker": "a", "state": [True, 2, 30]}, {"worker": "b", "state": [True, 1, 5]}])
    text = losses.render([{"worker": "b", "state": [False, 1, 7]}, {"worker": "c"}])

    assert values(text) == {
        "limen_state_away": 0,
        "limen_state_losses_total": 3,
        "limen_admitted_alone_total": 37,
    }


def test_where_no_worker_tells_nothing_is_said() -> None:
    assert StateLosses().render([{"worker": "a"}]) == ""
