"""What refuses: the client learns nothing of the reason."""

import pytest

from limen.features.domain_names.untrusted import compile_untrusted
from limen.gateway.domain_match import DomainMatch
from limen.gateway.errors import FORBIDDEN, GatewayError
from tests.support.exchanges import exchange


def test_the_reason_is_for_logs() -> None:
    asked = exchange()
    asked.domain = DomainMatch("", problem="self signed certificate")

    with pytest.raises(GatewayError) as refused:
        compile_untrusted(FORBIDDEN)(asked)

    assert (refused.value.failure, refused.value.message) == (FORBIDDEN, "Forbidden")
    assert refused.value.reason == "mutual TLS: self signed certificate"


def test_it_refuses_whoever_comes() -> None:
    with pytest.raises(GatewayError):
        compile_untrusted(FORBIDDEN)(exchange())
