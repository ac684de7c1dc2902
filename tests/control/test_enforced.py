"""What counts as enforced is what the gateway has a step for."""

import pytest

from limen.control.enforced import (
    is_method_authorization,
    is_method_authorizer,
    is_route_authorization,
    is_route_authorizer,
)
from limen.features.authorizers.compile import OF_METHODS, OF_ROUTES


def test_lambda_authorizers_are_run() -> None:
    assert is_route_authorization("CUSTOM") and is_method_authorization("CUSTOM")
    assert is_route_authorizer("request") and is_method_authorizer("token") and is_method_authorizer("REQUEST")
    assert is_route_authorization("NONE") and is_method_authorization("NONE")


@pytest.mark.parametrize("kind", [None, "", "CUSTOM", "NONE", "basic", {}])
def test_other_types_of_authorizers_are_not(kind: object) -> None:
    assert not is_route_authorizer(kind)
    assert not is_method_authorizer(kind)
    assert not is_route_authorizer("TOKEN")


def test_without_its_step_nothing_counts_as_enforced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(OF_ROUTES, "CUSTOM")
    monkeypatch.delitem(OF_METHODS, "CUSTOM")
    assert not is_route_authorization("CUSTOM") and not is_method_authorization("CUSTOM")
    assert not is_route_authorizer("REQUEST") and not is_method_authorizer("TOKEN")
