"""Events of HTTP APIs with mutual TLS: who the client is, and nothing of it where nobody asked."""

from limen.gateway.domain_match import DomainMatch
from limen.integrations.http_functions.event_headers import event_headers
from limen.integrations.http_functions.events import compile_event_v1, compile_event_v2
from limen.integrations.http_functions.scope import FunctionScope
from tests.integrations.http_functions.test_events import TRACE, event_of, sample
from tests.support.client_certificates import SHOWN, SHOWN_IN_EVENTS


def test_a_client_certificate_is_told_in_either_version() -> None:
    plain = {version: event_of(version, sample()) for version in ("1.0", "2.0")}
    request = sample()
    request.domain = DomainMatch("", certificate=SHOWN)

    first, second = event_of("1.0", request), event_of("2.0", request)

    assert second["requestContext"].pop("authentication") == {"clientCert": SHOWN_IN_EVENTS}
    assert first["requestContext"]["identity"].pop("clientCert") == SHOWN_IN_EVENTS
    assert {"1.0": first, "2.0": second} == plain


def test_events_without_mutual_tls_stay_as_they_are() -> None:
    scope = FunctionScope("123456789012", "eu-west-1", "api-id", "$default", "$default", {})
    for compile_event in (compile_event_v1, compile_event_v2):
        events = []
        for domain in (None, DomainMatch("")):
            request = sample()
            request.domain, request.client.shown = domain, SHOWN
            headers = event_headers(request.headers, request.host)
            events.append(compile_event(scope)(request, headers, request.path, request.query, TRACE))
        assert events[0] == events[1]
        assert b"clientCert" not in events[0]
        assert b"authentication" not in events[0]
