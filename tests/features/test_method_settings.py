"""Which settings of a stage hold for a method, in every spelling of keys."""

import pytest

from limen.features.method_settings import MethodSettings, resolve_settings
from limen.gateway.errors import PlanError

OWN, ALL = {"loggingLevel": "INFO"}, {"loggingLevel": "ERROR"}


@pytest.mark.parametrize("key", ["pets/{id}/GET", "/pets/{id}/GET", "pets~1{id}/GET", "~1pets~1{id}/GET"])
def test_every_spelling_of_a_key_is_read(key: str) -> None:
    assert resolve_settings({"*/*": ALL, key: OWN}, "/pets/{id}", "GET").logging_level == "INFO"


@pytest.mark.parametrize("key", ["/GET", "//GET", "~1/GET"])
def test_the_root_has_settings_of_its_own(key: str) -> None:
    assert resolve_settings({key: OWN, "*/*": ALL}, "/", "GET").logging_level == "INFO"


@pytest.mark.parametrize(
    ("path", "verb"), [("/pets", "POST"), ("/pets/{id}", "GET"), ("/", "GET"), ("/pets", "ANY"), ("/a/pets", "GET")]
)
def test_other_methods_have_those_of_all(path: str, verb: str) -> None:
    assert resolve_settings({"*/*": ALL, "pets/GET": OWN}, path, verb).logging_level == "ERROR"


def test_settings_of_a_method_inherit_nothing() -> None:
    stored = {"*/*": {"loggingLevel": "INFO", "dataTraceEnabled": True}, "pets/GET": {"metricsEnabled": True}}

    assert resolve_settings(stored, "/pets", "GET") == MethodSettings(metrics_enabled=True)


def test_the_last_of_two_spellings_holds() -> None:
    assert resolve_settings({"pets/GET": ALL, "/pets/GET": OWN}, "/pets", "GET").logging_level == "INFO"


def test_without_settings_nothing_is_logged() -> None:
    settings = resolve_settings({}, "/pets", "GET")

    assert (settings.logs, settings.data_trace_enabled, settings.metrics_enabled) == (False, False, False)


def test_a_setting_that_is_not_shaped_as_aws_shapes_it_is_refused() -> None:
    with pytest.raises(PlanError, match="method settings of GET /pets: "):
        resolve_settings({"*/*": {"cacheTtlInSeconds": "soon"}}, "/pets", "GET")
