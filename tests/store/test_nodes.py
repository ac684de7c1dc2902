"""Rows of nodes: registered, beaten, ended, and taken over by a later process of the same node."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from limen.store import Store
from limen.store.nodes import Registration, all_nodes, beat, end, read_word, register


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Store]:
    store = Store.open(postgres_url)
    yield store
    store.close()


def node(process: str = "p1", role: str = "gateway") -> Registration:
    return Registration(id="node-1", process=process, role=role, address="10.0.0.1:8445", version="1.0")


def test_a_node_that_registered_is_alive_with_what_it_serves(shared: Store) -> None:
    register(shared, node(), 5)
    beat(shared, node(), 7, has_news=True)

    [found] = all_nodes(shared)
    assert (found.id, found.applied, found.is_alive, found.serves, found.controls) == ("node-1", 7, True, True, False)


def test_a_node_that_was_not_heard_of_is_gone(shared: Store) -> None:
    register(shared, node(), 5)
    with shared.beside_connection() as connection:
        connection.execute(text("UPDATE limen_nodes SET seen = seen - 6000"))

    assert [found.is_alive for found in all_nodes(shared)] == [False]


def test_a_node_that_ended_is_gone_at_once(shared: Store) -> None:
    register(shared, node(), 5)
    end(shared, node())

    assert [(found.is_alive, found.has_ended) for found in all_nodes(shared)] == [(False, True)]


def test_a_later_process_speaks_for_its_node(shared: Store) -> None:
    register(shared, node("old"), 5)
    register(shared, node("new"), 6)
    beat(shared, node("old"), 4, has_news=True)
    end(shared, node("old"))

    assert [(found.applied, found.is_alive) for found in all_nodes(shared)] == [(6, True)]


def test_a_node_whose_row_is_gone_registers_anew(shared: Store) -> None:
    beat(shared, node(), 5, has_news=False)

    assert [found.id for found in all_nodes(shared)] == ["node-1"]


@pytest.mark.parametrize(
    ("payload", "word"), [("node-1 7", ("node-1", 7)), ("node-1", None), ("node-1 x", None), ("node-1 ²", None)]
)
def test_words_are_read(payload: str, word: tuple[str, int] | None) -> None:
    assert read_word(payload) == word
