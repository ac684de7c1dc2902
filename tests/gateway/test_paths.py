"""Route selection of HTTP APIs: the guide's table, hand-made corners, and a slow obvious model."""

import itertools
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.paths import PathError, Paths, parse_route_key


def tree(*route_keys: str) -> Paths[str]:
    edit = Paths[str]().edit()
    for route_key in route_keys:
        edit.put(route_key, route_key)
    return edit.done()


def chosen(paths: Paths[str], request: str) -> str | None:
    method, _, path = request.partition(" ")
    found = paths.match(method.encode(), path.encode())
    return found[0] if found else None


def parameters(paths: Paths[str], request: str) -> dict[str, str]:
    method, _, path = request.partition(" ")
    found = paths.match(method.encode(), path.encode())
    assert found is not None
    return found[1]


GUIDE = tree("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")


@pytest.mark.parametrize(
    ("request_line", "route"),
    [
        ("GET /pets/dog/1", "GET /pets/dog/1"),
        ("GET /pets/dog/2", "GET /pets/dog/{id}"),
        ("GET /pets/cat/1", "GET /pets/{proxy+}"),
        ("POST /test/5", "ANY /{proxy+}"),
        ("POST /pets/dog/1", "ANY /{proxy+}"),
        ("GET /", "$default"),
    ],
)
def test_routes_are_chosen_as_in_the_guide(request_line: str, route: str) -> None:
    assert chosen(GUIDE, request_line) == route


@pytest.mark.parametrize(
    ("routes", "request_line", "route"),
    [
        (["ANY /a", "GET /a"], "GET /a", "GET /a"),
        (["ANY /a", "GET /a"], "PUT /a", "ANY /a"),
        (["ANY /a/b", "GET /a/{x}"], "GET /a/b", "ANY /a/b"),
        (["POST /a/b", "GET /a/{x}"], "GET /a/b", "GET /a/{x}"),
        (["GET /a/{x}", "GET /{y}/b"], "GET /a/b", "GET /a/{x}"),
        (["GET /a/b/c", "GET /{x}/b/d"], "GET /a/b/d", "GET /{x}/b/d"),
        (["GET /a/{proxy+}", "GET /{x}/b"], "GET /a/b", "GET /{x}/b"),
        (["ANY /a/{proxy+}", "GET /{proxy+}"], "GET /a/b", "ANY /a/{proxy+}"),
        (["POST /a/{proxy+}", "GET /{proxy+}"], "GET /a/b", "GET /{proxy+}"),
        (["ANY /a/{x}/{proxy+}", "ANY /a/b/{proxy+}"], "GET /a/b/c", "ANY /a/b/{proxy+}"),
        (["ANY /a/{x}/{proxy+}", "ANY /a/{proxy+}"], "GET /a/b/c", "ANY /a/{x}/{proxy+}"),
        (["ANY /a/{x}/{proxy+}", "ANY /a/{proxy+}"], "GET /a/b", "ANY /a/{proxy+}"),
        (["GET /a"], "GET /a/", None),
        (["GET /a/"], "GET /a", None),
        (["GET /a/"], "GET /a/", "GET /a/"),
        (["GET /a/{x}"], "GET /a/", None),
        (["GET /a/{proxy+}"], "GET /a/", None),
        (["GET /a/{proxy+}"], "GET /a", None),
        (["GET /a/{proxy+}"], "GET /a//", "GET /a/{proxy+}"),
        (["GET /a//b"], "GET /a//b", "GET /a//b"),
        (["GET /a/b"], "GET /a//b", None),
        (["GET /a"], "GET /A", None),
        (["GET /a"], "HEAD /a", None),
        (["GET /"], "GET /", "GET /"),
        (["GET /{proxy+}"], "GET /", None),
        (["GET /a b"], "GET /a%20b", "GET /a b"),
        (["GET /é"], "GET /%C3%A9", "GET /é"),
        (["GET /a"], "GET /%61", "GET /a"),
        (["GET /{x}", "GET /a/b"], "GET /a%2Fb", "GET /{x}"),
        (["GET /a.b"], "GET /a.b", "GET /a.b"),
        (["GET /{x}"], "GET /...", "GET /{x}"),
        (["GET /{x}"], "GET /.well-known", "GET /{x}"),
    ],
)
def test_the_most_specific_route_is_chosen(routes: list[str], request_line: str, route: str | None) -> None:
    for order in itertools.permutations(routes):
        assert chosen(tree(*order), request_line) == route


@pytest.mark.parametrize(
    "path",
    ["/%", "/%4", "/%zz", "/a%2", "/..", "/a/../b", "/./a", "/%2e%2e/a", "/.%2E", "/a%2f..%2fb", "/a\\..\\b", "/a%5c..",
     "/%ff", "/%c0%ae", "*", "a/b", "/a/."],
)  # fmt: skip
def test_a_path_that_can_be_read_in_two_ways_is_refused(path: str) -> None:
    with pytest.raises(PathError):
        GUIDE.match(b"GET", path.encode())


def test_raw_bytes_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(PathError):
        GUIDE.match(b"GET", b"/\xff")


def test_parameters_are_decoded_once() -> None:
    paths = tree("GET /{a}/{b}", "GET /files/x/{proxy+}")
    assert parameters(paths, "GET /1%2F2/%2541") == {"a": "1/2", "b": "%41"}
    assert parameters(paths, "GET /files/x/y/z%20/%C3%A9") == {"proxy": "y/z /é"}


def test_each_route_has_its_own_names_for_variables() -> None:
    paths = tree("GET /pets/{id}", "POST /pets/{pet}", "GET /pets/{petId}/toys/{toy}")
    assert parameters(paths, "GET /pets/1") == {"id": "1"}
    assert parameters(paths, "POST /pets/1") == {"pet": "1"}
    assert parameters(paths, "GET /pets/1/toys/2") == {"petId": "1", "toy": "2"}


def test_values_met_on_a_wrong_way_are_forgotten() -> None:
    paths = tree("GET /{a}/b/{c}/d", "GET /{x}/{y}/z/e", "ANY /{m}/b/{proxy+}")
    assert parameters(paths, "GET /1/b/z/e") == {"x": "1", "y": "b"}
    assert parameters(paths, "GET /1/b/z/f") == {"m": "1", "proxy": "z/f"}


def test_of_routes_that_differ_in_names_alone_the_first_by_key_is_served() -> None:
    for keys in itertools.permutations(["GET /{b}", "GET /{a}", "GET /{c}"]):
        edit = tree(*keys).edit()
        assert chosen(edit.done(), "GET /1") == "GET /{a}"
        edit.remove("GET /{a}")
        assert chosen(edit.done(), "GET /1") == "GET /{b}"
        edit.remove("GET /{c}")
        edit.remove("GET /{b}")
        assert chosen(edit.done(), "GET /1") is None


def test_an_edit_leaves_the_tree_that_readers_hold() -> None:
    before = tree("GET /a/b", "GET /a/{x}", "$default")
    edit = before.edit()
    edit.put("GET /a/c", "new")
    edit.put("GET /a/b", "changed")
    edit.remove("GET /a/{x}")
    edit.remove("$default")
    after = edit.done()
    edit.put("GET /later", "later")
    assert [chosen(before, f"GET /a/{x}") for x in "bc"] == ["GET /a/b", "GET /a/{x}"]
    assert [chosen(after, f"GET /a/{x}") for x in "bcd"] == ["changed", "new", None]
    assert chosen(after, "GET /later") is None


def test_one_change_copies_only_the_way_to_it() -> None:
    before = tree("GET /a/b", "GET /c/d")
    edit = before.edit()
    edit.put("GET /c/e", "new")
    after = edit.done()
    assert after._root.static[b"a"] is before._root.static[b"a"]
    assert after._root.static[b"c"] is not before._root.static[b"c"]


def test_what_was_removed_leaves_nothing_behind() -> None:
    edit = tree("GET /a/{x}/b/{proxy+}", "GET /a/{x}").edit()
    edit.remove("GET /a/{x}/b/{proxy+}")
    edit.remove("GET /a/{x}")
    edit.remove("GET /never/there")
    assert edit.done()._root.is_empty


@pytest.mark.parametrize("route_key", ["GET", "GET a", "GET /{proxy+}/a", "nonsense"])
def test_a_malformed_route_key_is_an_error(route_key: str) -> None:
    with pytest.raises(ValueError, match="route key"):
        parse_route_key(route_key)


# --- a slow obvious model


def model(routes: list[str], method: str, path: str) -> str | None:
    """Every route that matches, ordered by the rules as the guide gives them."""
    segments = [unquote(segment) for segment in path.split("/")[1:]]
    candidates = []
    for route in routes:
        if route == "$default":
            candidates.append(((2,), route))
            continue
        its_method, _, its_path = route.partition(" ")
        if its_method not in (method, "ANY"):
            continue
        parts = its_path.split("/")[1:]
        is_greedy = parts[-1].endswith("+}")
        fixed = parts[:-1] if is_greedy else parts
        rest = "/".join(segments[len(fixed) :])
        if (is_greedy and not rest) or (not is_greedy and len(segments) != len(fixed)):
            continue
        if all(
            segment == part or (part[0:1] == "{" and segment) for segment, part in zip(segments, fixed, strict=False)
        ):
            kinds = tuple(2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in parts)
            candidates.append(((1 if is_greedy else 0, kinds, its_method == "ANY", route), route))
    return min(candidates)[1] if candidates else None


METHODS = st.sampled_from(["GET", "POST", "ANY"])
TEXTS = st.sampled_from(["a", "b", "c", "", "a/b", "é", "%"])
ROUTE_SEGMENTS = st.sampled_from(["a", "b", "c", "", "é", "{x}", "{y}"])


@st.composite
def route_keys(draw: st.DrawFn) -> str:
    if draw(st.integers(0, 15)) == 0:
        return "$default"
    segments = draw(st.lists(ROUTE_SEGMENTS, max_size=4))
    if not segments or draw(st.integers(0, 3)) == 0:
        segments.append(draw(st.sampled_from(["{proxy+}", "{rest+}"])))
    return f"{draw(METHODS)} /{'/'.join(segments)}"


REQUESTS = st.lists(TEXTS, min_size=1, max_size=5).map(
    lambda texts: "/" + "/".join(quote(text, safe="") for text in texts)
)


@given(st.lists(route_keys(), max_size=25, unique=True), st.lists(st.tuples(METHODS, REQUESTS), max_size=20))
def test_matching_agrees_with_the_model(routes: list[str], requests: list[tuple[str, str]]) -> None:
    paths = tree(*routes)
    for method, path in requests:
        assert chosen(paths, f"{method} {path}") == model(routes, method, path)


@given(
    st.lists(st.tuples(st.booleans(), route_keys()), max_size=40), st.lists(st.tuples(METHODS, REQUESTS), max_size=10)
)
def test_edits_agree_with_the_model(edits: list[tuple[bool, str]], requests: list[tuple[str, str]]) -> None:
    paths = Paths[str]()
    kept: dict[str, None] = {}
    for is_put, route_key in edits:
        edit = paths.edit()
        if is_put:
            edit.put(route_key, route_key)
            kept[route_key] = None
        else:
            edit.remove(route_key)
            kept.pop(route_key, None)
        paths = edit.done()
    for method, path in requests:
        assert chosen(paths, f"{method} {path}") == model(list(kept), method, path)


@given(st.lists(st.text(min_size=1).filter(lambda text: not {".", ".."} & set(text.replace("\\", "/").split("/")))))
def test_every_value_arrives_as_it_was_encoded(values: list[str]) -> None:
    paths = tree("GET /" + "/".join(f"{{v{number}}}" for number in range(len(values)))) if values else tree("GET /")
    path = "/" + "/".join(quote(value, safe="") for value in values)
    assert parameters(paths, f"GET {path}") == {f"v{number}": value for number, value in enumerate(values)}
