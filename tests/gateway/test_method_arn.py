"""One path has one name, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.method_arn import compile_method_arn
from limen.gateway.paths import PathError, Paths
from limen.gateway.resources import Resources
from tests.support.exchanges import exchange

PREFIX = "arn:aws:execute-api:us-east-1:000000000000:api1/prod/"


def name(path: str, *, is_rest: bool = True, method: str = "GET") -> str:
    made = exchange(f"{method} {path}")
    made.route_path = made.path
    arn = compile_method_arn("us-east-1", "000000000000", "api1", "prod", is_rest=is_rest)(made)
    return arn.removeprefix(PREFIX)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/", "GET/"),
        ("/pets", "GET/pets"),
        ("/pets/7", "GET/pets/7"),
        ("/pets/", "GET/pets"),
        ("//pets", "GET/pets"),
        ("/p%65ts", "GET/pets"),
        ("/pets/7%208", "GET/pets/7 8"),
        ("/pets/a%2Fb", "GET/pets/a%2Fb"),
        ("/pets/a%252Fb", "GET/pets/a%252Fb"),
        ("/pets/%C3%A9", "GET/pets/é"),
        ("/pets//7", "GET/pets//7"),
    ],
)
def test_paths_of_rest_apis(path: str, named: str) -> None:
    assert name(path) == named


def test_slashes_count_in_http_apis() -> None:
    assert name("/pets/", is_rest=False) == "GET/pets/"
    assert name("//pets", is_rest=False, method="POST") == "POST//pets"


def test_the_partition_is_that_of_the_region() -> None:
    made = exchange("GET /")
    made.route_path = made.path
    arn = compile_method_arn("cn-north-1", "000000000000", "api1", "$default", is_rest=False)(made)
    assert arn == "arn:aws-cn:execute-api:cn-north-1:000000000000:api1/$default/GET/"


SEGMENT = st.text("admin%2F6.", max_size=6)


@given(st.lists(SEGMENT, min_size=1, max_size=3))
def test_what_routes_to_a_static_path_has_its_name(segments: list[str]) -> None:
    path = "/" + "/".join(segments)
    for paths, is_rest in ((Resources[str](), True), (Paths[str](), False)):
        edit = paths.edit()
        edit.put("GET /admin", "admin")
        try:
            found = edit.done().match(b"GET", path.encode())
        except PathError:
            continue
        assert (found is not None) == (name(path, is_rest=is_rest) == "GET/admin")
