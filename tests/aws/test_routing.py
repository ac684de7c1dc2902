"""From method and path to an operation of the service model."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.routing import Router
from limen.aws.service_model import load_service


def router_of(*templates: str) -> Router[str]:
    router: Router[str] = Router()
    for template in templates:
        router.add("GET", template, template)
    return router


def test_literals_win_over_labels_and_labels_over_greedy_ones():
    router = router_of("/a/{x}", "/a/b", "/a/{rest+}", "/a/{x}/c")

    assert router.find("GET", "/a/b", {}) == ("/a/b", {})
    assert router.find("GET", "/a/z", {}) == ("/a/{x}", {"x": "z"})
    assert router.find("GET", "/a/b/c", {}) == ("/a/{x}/c", {"x": "b"})
    assert router.find("GET", "/a/b/d", {}) == ("/a/{rest+}", {"rest": "b/d"})


def test_a_greedy_label_may_stand_before_literals():
    router = router_of("/{bucket}/{key+}", "/{bucket}/{key+}/acl")

    assert router.find("GET", "/b/x/y/acl", {}) == ("/{bucket}/{key+}", {"bucket": "b", "key": "x/y/acl"})
    assert router_of("/{key+}/acl").find("GET", "/x/acl/y/acl", {}) == ("/{key+}/acl", {"key": "x/acl/y"})


def test_static_query_parts_choose_the_operation():
    router = router_of("/apikeys", "/apikeys?mode=import", "/flag?on")

    assert router.find("GET", "/apikeys", {"mode": "import"}) == ("/apikeys?mode=import", {})
    assert router.find("GET", "/apikeys", {"mode": "other"}) == ("/apikeys", {})
    assert router.find("GET", "/flag", {"on": "1"}) == ("/flag?on", {})
    assert router.find("GET", "/flag", {}) is None


@pytest.mark.parametrize("path", ["/", "", "a/b", "/a", "/a/", "/a/b/", "//a/b", "/a//b", "*", "/A/b"])
def test_other_paths_are_not_found(path: str):
    assert router_of("/a/{x}").find("GET", path, {}) is None


def test_another_method_is_not_found():
    assert router_of("/a").find("POST", "/a", {}) is None


def test_an_escaped_slash_stays_in_its_label():
    assert router_of("/tags/{arn}").find("GET", "/tags/arn%3Aaws%2Fapis", {}) == (
        "/tags/{arn}",
        {"arn": "arn:aws/apis"},
    )


def test_a_label_that_is_not_utf_8_is_a_value_error():
    with pytest.raises(ValueError, match="utf-8"):
        router_of("/a/{x}").find("GET", "/a/%ff", {})


@given(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1),
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1),
)
def test_every_label_comes_back(one: str, two: str):
    router = router_of("/apis/{apiId}/routes/{routeId}")

    found = router.find("GET", f"/apis/{quote(one, safe='')}/routes/{quote(two, safe='')}", {})

    assert found == ("/apis/{apiId}/routes/{routeId}", {"apiId": one, "routeId": two})


@pytest.mark.parametrize("name", ["apigatewayv2", "apigateway", "lambda"])
def test_every_operation_of_a_service_is_reached(name: str):
    service = load_service(name)
    router: Router[str] = Router()
    for operation, method, uri in service.bindings:
        router.add(method, uri, operation)

    for operation, method, uri in service.bindings:
        path, _, query = uri.partition("?")
        found = router.find(method, path.replace("+}", "}"), dict([query.split("=")]) if query else {})
        assert found is not None and found[0] == operation
