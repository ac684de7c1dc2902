"""Ways around mutual TLS."""

from limen.control.domain_traps import open_endpoint_trap


def test_an_open_endpoint_is_told_with_what_closes_it() -> None:
    told = open_endpoint_trap("orders", "api.example.com")

    assert "orders answers on its own host too" in told
    assert told.endswith("set disableExecuteApiEndpoint")
