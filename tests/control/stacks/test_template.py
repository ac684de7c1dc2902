"""Sections, transforms and the form of resources."""

from typing import Any

import pytest

from limen.control.stacks.errors import TemplateError
from limen.control.stacks.template import read_template

TOPIC = {"Type": "AWS::SNS::Topic"}
SERVERLESS = "AWS::Serverless-2016-10-31"


def refusal(**sections: Any) -> tuple[str, tuple[str, ...]]:
    with pytest.raises(TemplateError) as refused:
        read_template({"Resources": {"Topic": TOPIC}, **sections}).resources()
    return refused.value.message, refused.value.pointer


def test_a_template_has_its_sections_and_resources() -> None:
    template = read_template(
        {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": [SERVERLESS, "AWS::LanguageExtensions"],
            "Metadata": {"anything": 1},
            "Resources": {
                "One": {"Type": "AWS::SNS::Topic", "DependsOn": "Two", "DeletionPolicy": "Retain", "Condition": "Is"},
                "Two": {"Type": "AWS::SNS::Topic", "DependsOn": ["Three"], "UpdateReplacePolicy": "Snapshot"},
            },
        }
    )

    one, two = template.resources().values()
    assert template.is_serverless
    assert template.has_extensions
    assert (one.depends_on, one.condition, one.is_retained, one.survives_replacement) == (["Two"], "Is", True, False)
    assert (two.depends_on, two.condition, two.is_retained, two.survives_replacement) == (["Three"], None, False, True)


@pytest.mark.parametrize(
    ("sections", "message", "pointer"),
    [
        (
            {"Rules": {}},
            "the section Rules is not served; sections are Parameters, Mappings, Conditions, Resources, Outputs",
            ("Rules",),
        ),
        ({"Outputs": []}, None, None),
        ({"Outputs": ["x"]}, "Outputs must be an object", ("Outputs",)),
        ({"Resources": {}}, "the template has no Resources", ("Resources",)),
        ({"Transform": "Own"}, "the transform Own is not served", ("Transform",)),
        ({"Transform": [{"Name": "AWS::Include"}]}, "the transform AWS::Include is not served", ("Transform",)),
        ({"Globals": {}}, f"Globals needs Transform: {SERVERLESS}", ("Globals",)),
        (
            {"Resources": {"A-b": TOPIC}},
            "'A-b' cannot name a resource: letters and digits only",
            ("Resources", "A-b"),
        ),
        (
            {"Resources": {"Fn::ForEach::Each": []}},
            "the function Fn::ForEach is not served",
            ("Resources", "Fn::ForEach::Each"),
        ),
        ({"Resources": {"A": {}}}, "resource A must be an object with a Type", ("Resources", "A")),
        (
            {"Resources": {"A": TOPIC | {"Properties": []}}},
            None,
            None,
        ),
        (
            {"Resources": {"A": TOPIC | {"Properties": "x"}}},
            "resource A: Properties must be an object",
            ("Resources", "A", "Properties"),
        ),
        (
            {"Resources": {"A": TOPIC | {"Property": {}}}},
            "resource A: a resource has no Property",
            ("Resources", "A", "Property"),
        ),
        (
            {"Resources": {"A": {"Type": "AWS::Serverless::Api"}}},
            f"resource A: AWS::Serverless::Api needs Transform: {SERVERLESS}",
            ("Resources", "A", "Type"),
        ),
        (
            {"Resources": {"A": TOPIC | {"DeletionPolicy": "Keep"}}},
            "resource A: DeletionPolicy must be one of Delete, Retain, RetainExceptOnCreate, Snapshot",
            ("Resources", "A", "DeletionPolicy"),
        ),
    ],
)
def test_what_is_not_served_is_named(
    sections: dict[str, Any], message: str | None, pointer: tuple[str, ...] | None
) -> None:
    if message is None:
        read_template({"Resources": {"Topic": TOPIC}, **sections}).resources()
    else:
        assert refusal(**sections) == (message, pointer)
