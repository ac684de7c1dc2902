"""Which parameters of a request are required, and where their values are found."""

import pytest

from limen.features.validation.parameters import compile_required
from limen.gateway.errors import PlanError
from limen.gateway.request_view import view_of
from tests.support.exchanges import exchange

KEYS = {
    "method.request.querystring.a.b": True,
    "method.request.path.id": True,
    "method.request.header.X-A": True,
    "method.request.header.X-B": False,
}


def test_names_come_in_the_order_of_their_keys() -> None:
    assert [name for name, _ in compile_required(KEYS)] == ["X-A", "id", "a.b"]


def test_values_are_the_last_that_were_sent() -> None:
    request = exchange("GET /?a.b=1&a.b=2", {"X-A": "x"})
    request.path_parameters = {"id": "7"}

    assert [find(view_of(request)) for _, find in compile_required(KEYS)] == ["x", "7", "2"]


def test_http2_clients_send_headers_in_lower_case() -> None:
    request = exchange("GET /", {"x-a": "x"}, protocol="HTTP/2.0")
    request.path_parameters = {}
    ((_, find),) = compile_required({"method.request.header.X-A": True})

    assert find(view_of(request)) == "x"


@pytest.mark.parametrize("key", ["method.request.body", "method.request.header.", "header.X-A", "method.request.x.y"])
def test_other_keys_are_refused(key: str) -> None:
    assert compile_required({key: False}) == []
    with pytest.raises(PlanError, match="none that can be required"):
        compile_required({key: True})
