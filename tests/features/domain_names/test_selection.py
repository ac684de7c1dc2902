"""Which mapping a path falls under, in transcripts, and against an evaluator that is slow and obvious."""

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from limen.features.domain_names.records import MappingRecord
from limen.features.domain_names.selection import BasePaths, Mappings
from limen.gateway.paths import PathError, decode_segments, split_path

GUIDE = ("", "orders/v1/items", "orders/v2/items", "orders/v2/items/categories")


def mappings(*keys: str) -> Mappings:
    return Mappings([MappingRecord(key, f"api {key}", "prod") for key in keys])


def select(keys: tuple[str, ...], path: str) -> tuple[str, str] | None:
    found = mappings(*keys).find(path.encode("latin-1"))
    return None if found is None else (found[0].base_path, found[1].decode("latin-1"))


@pytest.mark.parametrize(
    ("path", "key", "route_path"),
    [
        ("/orders/v1/items", "orders/v1/items", "/"),
        ("/orders/v2/items", "orders/v2/items", "/"),
        ("/orders/v1/items/123", "orders/v1/items", "/123"),
        ("/orders/v2/items/categories/5", "orders/v2/items/categories", "/5"),
        ("/customers", "", "/customers"),
        ("/orders/v1", "", "/orders/v1"),
        ("/orders/v1/itemsandmore", "", "/orders/v1/itemsandmore"),
        ("/", "", "/"),
    ],
)
def test_the_longest_mapping_answers_as_in_the_guide(path: str, key: str, route_path: str) -> None:
    assert select(GUIDE, path) == (key, route_path)


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("/orders", ("orders", "/")),
        ("/orders/", ("orders", "/")),
        ("/orders//", ("orders", "//")),
        ("/orders//v1", ("orders", "//v1")),
        ("//orders/7", ("orders", "/7")),
        ("///orders", ("orders", "/")),
        ("/%6frders/1", ("orders", "/1")),
        ("/%6Frders%2f1", None),
        ("/orders%2Fv1/1", None),
        ("/orders%20/1", None),
        ("/%256frders/1", None),
        ("/Orders/1", None),
        ("/orders;x/1", None),
        ("/orders\\x", None),
        ("/orders/%2e%2e/admin", ("orders", "/%2e%2e/admin")),
        ("/orders/../admin", ("orders", "/../admin")),
        ("/../orders", None),
        ("/./orders", None),
        ("/%zz/orders", None),
        ("/orders/%zz", ("orders", "/%zz")),
        ("/orders/%ff", ("orders", "/%ff")),
        ("/a+b!/x", ("a+b!", "/x")),
        ("/a%2Bb%21/x", ("a+b!", "/x")),
        ("/", None),
        ("*", None),
        ("", None),
        ("orders", None),
    ],
)
def test_one_spelling_counts_as_routing_reads_it(path: str, selected: tuple[str, str] | None) -> None:
    assert select(("orders", "admin", "a+b!", "*"), path) == selected


@pytest.mark.parametrize(
    "path", ["/../admin", "/orders/../admin", "/orders/%2e%2e/admin", "/%2e%2e/admin", "/.;/admin"]
)
def test_what_climbs_stays_in_a_route_path_that_is_refused(path: str) -> None:
    found = select(("", "orders", "admin"), path)

    assert found is not None
    assert found[0] != "admin"
    with pytest.raises(PathError):
        split_path(found[1].encode())


def test_keys_that_only_climb_are_never_found() -> None:
    assert select(("a/../b", ".."), "/a/../b") is None
    assert select(("a/../b", ".."), "/..") is None


def test_hundreds_of_mappings_are_told_apart() -> None:
    keys = tuple(f"v{number}/{name}" for number in range(20) for name in ("orders", "pets"))
    for key in keys:
        assert select(keys, f"/{key}/7") == (key, "/7")


def test_all_base_paths_of_a_path_come_from_the_shortest_on() -> None:
    paths: BasePaths[str] = BasePaths()
    for each in ("", "a", "a/b/c", "x"):
        paths.put(each, each)

    assert paths.find_all(b"/a/b/c/d") == [("", 0), ("a", 2), ("a/b/c", 6)]


SEGMENTS = ["a", "b", "ab", "", ".", "..", "%61", "%2e%2e", "a%2fb", "%zz", "%ff", "..;x", "a\\b", "%C3%A9", "a."]
KEYS = st.lists(st.lists(st.sampled_from(["a", "b", "ab", "a."]), max_size=3).map("/".join), max_size=6, unique=True)
PATHS = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=6).map(lambda segments: "/" + "/".join(segments))


def read(segment: bytes) -> bytes | None:
    """A segment as routing reads it; None where it refuses it."""
    try:
        decode_segments(segment)
    except PathError:
        return None
    return unquote_to_bytes(segment)


def evaluate(keys: list[str], path: bytes) -> tuple[str, list[bytes]] | None:
    """Every key is tried on every path, by definition: the key and the segments behind it."""
    segments = path.lstrip(b"/").split(b"/")
    fitting = []
    for key in keys:
        wanted = key.encode().split(b"/") if key else []
        if [read(segment) for segment in segments[: len(wanted)]] == wanted:
            fitting.append((len(wanted), key))
    if not fitting:
        return None
    length, key = max(fitting)
    return key, segments[length:]


@given(KEYS, PATHS)
@example(["a"], "//a//b")
@example(["a", ""], "/%61/../b")
def test_the_tree_selects_what_the_definition_selects(keys: list[str], path: str) -> None:
    found = mappings(*keys).find(path.encode())
    expected = evaluate(keys, path.encode())

    if found is None or expected is None:
        assert found is expected
    else:
        mapping, route_path = found
        rest = route_path if mapping.base_path else b"/" + route_path.lstrip(b"/")
        assert (mapping.base_path, rest.split(b"/")[1:]) == (expected[0], expected[1] or [b""])


@given(KEYS, PATHS)
def test_base_path_and_route_path_rebuild_the_segments_that_were_sent(keys: list[str], path: str) -> None:
    found = mappings(*keys).find(path.encode())
    if found is None:
        return
    mapping, route_path = found
    sent = path.encode().lstrip(b"/").split(b"/")
    base = mapping.base_path.encode().split(b"/") if mapping.base_path else []
    behind = sent[len(base) :] or [b""]

    assert [read(segment) for segment in sent[: len(base)]] == base
    assert route_path == (b"/" + b"/".join(behind) if base else path.encode())
