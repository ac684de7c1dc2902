"""Which routes a path could have taken."""

from limen.gateway.candidates import find_candidates
from limen.gateway.paths import Paths


def test_static_text_first_and_the_rest_last() -> None:
    edit = Paths[int]().edit()
    for key in ("ANY /{proxy+}", "GET /pets/{id}", "POST /pets/dog", "GET /pets", "GET /a/{b}", "ANY /pets/{rest+}"):
        edit.put(key, 1)
    paths = edit.done()

    assert find_candidates(paths, b"/pets/dog") == [
        "POST /pets/dog",
        "GET /pets/{id}",
        "ANY /pets/{rest+}",
        "ANY /{proxy+}",
    ]
    assert find_candidates(paths, b"/pets/") == ["GET /pets", "ANY /{proxy+}"]
    assert find_candidates(paths, b"/") == []
    assert find_candidates(paths, b"/%zz") == []
