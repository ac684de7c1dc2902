"""Properties become members by the model of a service."""

from typing import Any

import pytest

from limen.control.stacks.errors import TemplateError
from limen.control.stacks.members import members_of, tags_of


def test_names_and_types_are_those_of_the_operation() -> None:
    values = {
        "RestApiId": "a",
        "StageName": 1,
        "CacheClusterEnabled": "True",
        "Variables": {"n": 1, "t": True},
        "CanarySettings": {"PercentTraffic": "1.5", "UseStageCache": False},
        "Description": None,
    }

    assert members_of("apigateway", "CreateStage", values) == {
        "restapi_id": "a",
        "stageName": "1",
        "cacheClusterEnabled": True,
        "variables": {"n": "1", "t": "true"},
        "canarySettings": {"percentTraffic": 1.5, "useStageCache": False},
    }


def test_an_object_becomes_a_text_where_a_text_is_due() -> None:
    values = {"RestApiId": "a", "Name": "Pet", "ContentType": "application/json", "Schema": {"type": "object"}}

    assert members_of("apigateway", "CreateModel", values)["schema"] == '{"type": "object"}'


@pytest.mark.parametrize(
    ("values", "message", "pointer"),
    [
        ({"Nmae": 1}, "the resource has no property Nmae", ("Nmae",)),
        ({"CanarySettings": {"Traffic": 1}}, "CanarySettings has no property Traffic", ("CanarySettings", "Traffic")),
        ({"CanarySettings": []}, "CanarySettings must be an object", ("CanarySettings",)),
        ({"Variables": "x"}, "Variables must be an object", ("Variables",)),
        ({"CacheClusterEnabled": "maybe"}, "CacheClusterEnabled must be true or false", ("CacheClusterEnabled",)),
        (
            {"CanarySettings": {"PercentTraffic": "much"}},
            "CanarySettings.PercentTraffic must be a number",
            ("CanarySettings", "PercentTraffic"),
        ),
    ],
)
def test_what_does_not_fit_is_named(values: dict[str, Any], message: str, pointer: tuple[str, ...]) -> None:
    with pytest.raises(TemplateError) as refused:
        members_of("apigateway", "CreateStage", values)

    assert (refused.value.message, refused.value.pointer) == (message, pointer)


def test_whole_numbers_and_lists_have_their_forms() -> None:
    assert members_of("lambda", "CreateFunction", {"Timeout": "3", "Layers": ["a"]}) == {"Timeout": 3, "Layers": ["a"]}
    with pytest.raises(TemplateError, match="Timeout must be a whole number"):
        members_of("lambda", "CreateFunction", {"Timeout": 1.5})
    with pytest.raises(TemplateError, match="Layers must be a list"):
        members_of("lambda", "CreateFunction", {"Layers": "a"})


def test_tags_have_two_forms() -> None:
    assert tags_of([{"Key": "a", "Value": 1}]) == tags_of({"a": "1"}) == {"a": "1"}
    with pytest.raises(TemplateError):
        tags_of(["a"])
