"""Random histories: the store answers every question about every revision as a list of plain dicts does."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from limen.store import Store, Transaction

NAMES = st.sampled_from([("Route", "a", "r1"), ("Route", "a", "r2"), ("Stage", "a", "r1"), ("Route", "b", "r1")])
PUT = st.tuples(st.just("put"), NAMES, st.integers(0, 2))
DELETE = st.tuples(st.just("delete"), NAMES, st.none())
CLEAR = st.tuples(st.just("clear"), NAMES, st.none())
COMMITS = st.lists(st.lists(st.one_of(PUT, PUT, DELETE, CLEAR), min_size=1, max_size=5), max_size=8)

Name = tuple[str, str, str]
State = dict[Name, int]  # in order of creation


def apply(tx: Transaction, state: State, change: tuple[str, Name, Any]) -> None:
    kind, name, number = change
    if kind == "put":
        tx.put(*name, {"n": number})
        state[name] = number
    elif kind == "delete":
        assert tx.delete(*name) == (state.pop(name, None) is not None)
    else:
        tx.delete_children(name[1])
        for other in [other for other in state if other[1] == name[1]]:
            del state[other]


def listing(state: State, noun: str, parent: str) -> list[tuple[str, dict[str, int]]]:
    return [(key, {"n": n}) for (found, owner, key), n in state.items() if (found, owner) == (noun, parent)]


@settings(max_examples=60, deadline=None)
@given(COMMITS)
def test_every_revision_is_answered_as_it_was(commits: list[list[tuple[str, Name, Any]]]) -> None:
    store = Store.open("sqlite://")
    states: list[State] = [{}]
    for changes in commits:
        state = copy.copy(states[-1])
        with store.transaction() as tx:
            for change in changes:
                apply(tx, state, change)
            for noun, parent in (("Route", "a"), ("Stage", "a"), ("Route", "b")):
                assert tx.list(noun, parent) == listing(state, noun, parent)
        with store.reader() as reader:
            if reader.revision == len(states):
                states.append(state)
            else:
                assert state == states[-1]
    with store.reader() as reader:
        assert reader.revision == len(states) - 1
        for revision, state in enumerate(states):
            view = reader.at(revision)
            for noun, parent in (("Route", "a"), ("Stage", "a"), ("Route", "b")):
                assert view.list(noun, parent) == listing(state, noun, parent)
            for name in (("Route", "a", "r1"), ("Stage", "a", "r1")):
                assert view.get(*name) == ({"n": state[name]} if name in state else None)
            for until, later in enumerate(states):
                check_changes(reader.changes("a", revision, until), state, later)
    store.close()


def check_changes(found: list[Any], before: State, now: State) -> None:
    """What changed must be told; a document that was deleted and made again may be told, too."""
    changed = {(noun, key): document for noun, key, document in found}
    assert len(changed) == len(found)
    for noun, owner, key in before.keys() | now.keys():
        if owner != "a":
            continue
        then, later = before.get((noun, owner, key)), now.get((noun, owner, key))
        expected = None if later is None else {"n": later}
        if then != later or (noun, key) in changed:
            assert changed[noun, key] == expected
