"""Which integration response applies, and what is remembered of it."""

from typing import Any

import pytest

from limen.gateway.domain_match import DomainMatch
from limen.gateway.errors import GatewayError, PlanError
from limen.integrations.rest.responses import Selection, compile_selection
from tests.integrations.rest.integrating import integrate
from tests.support.client_certificates import SHOWN
from tests.support.exchanges import exchange, header_map


def selection(responses: dict[str, Any], declared: tuple[str, ...] = ("200", "404", "500")) -> Selection:
    return compile_selection({"integrationResponses": responses}, {"methodResponses": dict.fromkeys(declared)}, {})


@pytest.mark.parametrize(
    ("responses", "status", "expected"),
    [
        ({"200": {}, "404": {"selectionPattern": "404"}}, "404", 404),
        ({"200": {}, "404": {"selectionPattern": "404"}}, "200", 200),
        ({"200": {"selectionPattern": None}, "500": {"selectionPattern": "5.."}}, "503", 500),
        ({"500": {"selectionPattern": ".*"}, "200": {}}, "200", 500),
        ({"404": {"selectionPattern": "4.*"}, "500": {"selectionPattern": "40."}}, "404", 404),
        ({"200": {"selectionPattern": "20"}, "404": {}}, "200", 404),
        ({"200": {}}, "", 200),
        ({"200": {}, "404": {"selectionPattern": "4\\d{2}"}}, "404", 404),
        ({"200": {}, "404": {"selectionPattern": "40"}}, "404", 200),
        ({"200": {}, "500": {"selectionPattern": "^(?:5)[0-9]+$"}}, "502", 500),
    ],
)
def test_the_first_pattern_wins_and_none_is_the_default(responses: dict[str, Any], status: str, expected: int) -> None:
    chosen = selection(responses)
    for _ in range(2):
        assert chosen.select(exchange(), status).status == expected


@pytest.mark.parametrize(("status", "expected"), [("404", 404), ("403", 200), ("200", 200), ("500", 200)])
def test_of_patterns_that_match_the_one_of_the_status_wins(status: str, expected: int) -> None:
    """As somebody measured AWS: ministackorg/ministack, pull request 1756."""
    responses = {"200": {"selectionPattern": ".*"}, "404": {"selectionPattern": "4.."}, "500": {}}
    chosen = selection(responses)
    for _ in range(2):
        assert chosen.select(exchange(), status).status == expected


def test_no_pattern_and_no_default_tells_the_status() -> None:
    with pytest.raises(GatewayError, match="Endpoint Response Status Code: 302"):
        selection({"200": {"selectionPattern": "200"}}).select(exchange(), "302")


def test_a_response_that_the_method_lacks_is_named() -> None:
    with pytest.raises(GatewayError, match="Output mapping refers to an invalid method response: 200"):
        selection({"200": {}}, declared=()).select(exchange(), "200")


@pytest.mark.parametrize("pattern", ["(?!200)\\d+", "(?<=2)0", "(?>2)", "(2)\\1", "2++", "[2-4&&[^3]]", "(2"])
def test_patterns_that_take_more_than_linear_time_are_refused(pattern: str) -> None:
    with pytest.raises(PlanError, match="selectionPattern: the regular expression"):
        selection({"200": {"selectionPattern": pattern}})


def test_what_clients_choose_is_not_remembered_for_ever() -> None:
    """A MOCK integration may answer with a status that its template takes from the request."""
    chosen = selection({"200": {}})
    for status in [*map(str, range(2_000)), "1" * 1_000, "-1" * 1_000]:
        assert chosen.select(exchange(), status).status == 200
    assert len(chosen._selected) <= 1_000


def test_a_client_certificate_comes_back_on_one_line() -> None:
    parameters = {"method.response.header.X-Cert": "context.identity.clientCert.clientCertPem"}
    outcome = integrate(
        kind="HTTP",
        method={"methodResponses": {"200": {"statusCode": "200"}}},
        integrationResponses={"200": {"statusCode": "200", "responseParameters": parameters}},
        domain=DomainMatch("", certificate=SHOWN),
    )

    assert header_map(outcome.response)["x-cert"] == "-----BEGIN CERTIFICATE----- MIIB Ag== -----END CERTIFICATE-----"
