"""Who a client is by its certificate: what variables and events say of it."""

import pytest

from limen.gateway.client_certificate import certificate_of, on_one_line
from limen.gateway.context import find_variable
from limen.gateway.domain_match import DomainMatch
from limen.gateway.rest_context import find_rest_variable
from limen.gateway.template_context import context_map
from limen.templates.run import find_property
from tests.support.client_certificates import SHOWN, SHOWN_IN_EVENTS
from tests.support.exchanges import exchange

VARIABLES = {
    "clientCertPem": SHOWN.pem,
    "subjectDN": "CN=ana,O=Shop",
    "issuerDN": "CN=Issuing",
    "serialNumber": "a1:0c",
    "validity.notBefore": "May 28 12:30:02 2019 GMT",
    "validity.notAfter": "Aug  5 09:36:04 2021 GMT",
}


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_are_those_of_the_certificate(name: str) -> None:
    asked = exchange()
    asked.domain = DomainMatch("", certificate=SHOWN)

    assert find_variable(f"identity.clientCert.{name}").read(asked) == VARIABLES[name]
    assert find_rest_variable(f"identity.clientCert.{name}").read(asked) == VARIABLES[name]


@pytest.mark.parametrize("domain", [None, DomainMatch("orders")])
def test_what_a_connection_showed_elsewhere_is_nobodys_identity(domain: DomainMatch | None) -> None:
    asked = exchange()
    asked.domain, asked.client.shown = domain, SHOWN

    assert certificate_of(asked) is None
    assert [find_variable(f"identity.clientCert.{name}").read(asked) for name in VARIABLES] == [None] * 6


def test_templates_walk_to_it() -> None:
    asked = exchange()
    asked.domain = DomainMatch("", certificate=SHOWN)

    shown = find_property(find_property(context_map(asked), "identity"), "clientCert")

    assert find_property(shown, "subjectDN") == "CN=ana,O=Shop"
    assert find_property(shown, "clientCertPem") == SHOWN.pem
    assert find_property(find_property(shown, "validity"), "notAfter") == "Aug  5 09:36:04 2021 GMT"


def test_events_describe_it() -> None:
    assert SHOWN.describe() == SHOWN_IN_EVENTS


def test_a_header_takes_a_certificate_on_one_line() -> None:
    assert on_one_line(SHOWN.pem) == "-----BEGIN CERTIFICATE----- MIIB Ag== -----END CERTIFICATE-----"
