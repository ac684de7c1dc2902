"""Which method of a REST API a request goes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.paths import PathError
from limen.gateway.resources import Resources


def tree(*keys: str) -> Resources[str]:
    edit = Resources[str]().edit()
    for key in keys:
        edit.put(key, key)
    made = edit.done()
    assert isinstance(made, Resources)
    return made


SHOP = tree(
    "GET /",
    "GET /pets",
    "POST /pets",
    "ANY /pets/{id}",
    "GET /pets/{id}",
    "GET /pets/mine",
    "GET /files/{proxy+}",
    "ANY /{proxy+}",
)


@pytest.mark.parametrize(
    ("request_line", "key", "parameters"),
    [
        ("GET /", "GET /", {}),
        ("GET //", "GET /", {}),
        ("GET /pets", "GET /pets", {}),
        ("GET /pets/", "GET /pets", {}),
        ("GET //pets", "GET /pets", {}),
        ("GET /%70ets", "GET /pets", {}),
        ("POST /pets", "POST /pets", {}),
        ("GET /pets/7", "GET /pets/{id}", {"id": "7"}),
        ("PUT /pets/7", "ANY /pets/{id}", {"id": "7"}),
        ("GET /pets/mine", "GET /pets/mine", {}),
        ("GET /pets/a%20b", "GET /pets/{id}", {"id": "a b"}),
        ("GET /pets/a%2Fb", "GET /pets/{id}", {"id": "a/b"}),
        ("GET /files/a/b%2Fc", "GET /files/{proxy+}", {"proxy": "a/b%2Fc"}),
        ("GET /files/a//b/", "GET /files/{proxy+}", {"proxy": "a//b"}),
        ("GET /food/cat", "ANY /{proxy+}", {"proxy": "food/cat"}),
        ("DELETE /food/", "ANY /{proxy+}", {"proxy": "food"}),
        ("GET /files", "ANY /{proxy+}", {"proxy": "files"}),
    ],
)
def test_the_most_specific_resource_answers(request_line, key, parameters):
    method, _, path = request_line.partition(" ")
    assert SHOP.match(method.encode(), path.encode()) == (key, parameters)


@pytest.mark.parametrize(
    ("request_line", "key", "parameters"),
    [
        ("GET /users/me", "GET /users/{userId}", {"userId": "me"}),
        ("PATCH /users/me", "PATCH /users/me", {}),
        ("GET /users/abc123", "GET /users/{userId}", {"userId": "abc123"}),
        ("POST /roles/provision", "POST /roles/provision", {}),
        ("GET /roles/provision", "GET /roles/{roleId}", {"roleId": "provision"}),
        ("GET /things/real", "GET /things/real", {}),
        ("POST /things/real", "ANY /things/{proxy+}", {"proxy": "real"}),
    ],
)
def test_a_verb_that_a_resource_lacks_is_looked_for_at_its_siblings(request_line, key, parameters):
    """As somebody saw AWS do it: floci-io/floci, pull request 3399."""
    api = tree(
        "GET /users/{userId}",
        "PATCH /users/me",
        "GET /roles/{roleId}",
        "POST /roles/provision",
        "GET /things/real",
        "ANY /things/{proxy+}",
    )
    method, _, path = request_line.partition(" ")
    assert api.match(method.encode(), path.encode()) == (key, parameters)
    assert api.match(b"POST", b"/users/me") is None


@pytest.mark.parametrize(
    ("request_line", "key", "parameters"),
    [
        ("PUT /pets", "ANY /{proxy+}", {"proxy": "pets"}),
        ("DELETE /pets/mine", "ANY /pets/{id}", {"id": "mine"}),
        ("GET /pets/7/owners", "ANY /{proxy+}", {"proxy": "pets/7/owners"}),
        ("POST /files/a%2Fb/", "ANY /{proxy+}", {"proxy": "files/a%2Fb"}),
        ("PUT /pets//", "ANY /{proxy+}", {"proxy": "pets/"}),
    ],
)
def test_what_nothing_specific_answers_goes_to_what_takes_the_rest(request_line, key, parameters):
    method, _, path = request_line.partition(" ")
    assert SHOP.match(method.encode(), path.encode()) == (key, parameters)


def test_values_of_ways_that_led_nowhere_are_forgotten():
    api = tree("GET /{a}/{b}/x", "GET /{a}/b/{c}/y", "ANY /{a}/b/{rest+}")
    assert api.match(b"GET", b"/1/b/x") == ("ANY /{a}/b/{rest+}", {"a": "1", "rest": "x"})
    assert api.match(b"GET", b"/1/2/x") == ("GET /{a}/{b}/x", {"a": "1", "b": "2"})
    assert api.match(b"GET", b"/1/b/2/y") == ("GET /{a}/b/{c}/y", {"a": "1", "c": "2"})
    assert api.match(b"GET", b"/1/b/2/z") == ("ANY /{a}/b/{rest+}", {"a": "1", "rest": "2/z"})


def test_nothing_is_not_a_rest():
    assert tree("ANY /{proxy+}").match(b"GET", b"/") is None


def test_an_edit_leaves_the_tree_that_it_began_with():
    before = tree("GET /a")
    edit = before.edit()
    edit.remove("GET /a")
    edit.put("GET /b", "GET /b")
    assert before.match(b"GET", b"/a") == ("GET /a", {})
    after = edit.done()
    assert after.match(b"GET", b"/a") is None
    assert after.match(b"GET", b"/b") == ("GET /b", {})


@pytest.mark.parametrize("path", ["/a/../b", "/%2e%2e", "/a%zz", "/%ff", "pets"])
def test_a_path_that_climbs_or_does_not_decode_is_refused(path):
    with pytest.raises(PathError):
        SHOP.match(b"GET", path.encode())


@given(st.text(alphabet="ab/%2Fé.", max_size=12))
def test_any_path_is_matched_or_refused(text):
    try:
        found = SHOP.match(b"GET", b"/" + text.encode())
    except PathError:
        return
    assert found is None or found[0].startswith(("GET", "ANY"))
