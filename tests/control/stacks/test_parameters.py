"""Parameters: their types and limits, defaults and values of the last deployment, and what is not echoed."""

from typing import Any

import pytest

from limen.control.stacks.errors import TemplateError
from limen.control.stacks.parameters import read_parameters, shown_parameters
from limen.control.stacks.template import Template


def template(**parameters: Any) -> Template:
    return Template({"Parameters": parameters})


def refusal(parameter: dict[str, Any], text: str | None = None) -> str:
    with pytest.raises(TemplateError) as refused:
        read_parameters(template(P=parameter), {} if text is None else {"P": text})
    return refused.value.message


def test_a_value_is_given_or_kept_or_the_default() -> None:
    declared = template(A={"Type": "String"}, B={"Type": "String"}, C={"Type": "Number", "Default": 3})

    assert read_parameters(declared, {"A": "now"}, {"A": "before", "B": "before"}) == {
        "A": "now",
        "B": "before",
        "C": "3",
    }


def test_lists_are_split() -> None:
    declared = template(A={"Type": "CommaDelimitedList"}, B={"Type": "List<Number>"}, C={"Type": "AWS::EC2::VPC::Id"})

    values = read_parameters(declared, {"A": "a, b", "B": "1,2", "C": "vpc-1"})

    assert values == {"A": ["a", "b"], "B": ["1", "2"], "C": "vpc-1"}


def test_what_is_missing_is_named_at_once() -> None:
    with pytest.raises(TemplateError, match="parameters need a value: A, B "):
        read_parameters(template(A={"Type": "String"}, B={"Type": "String"}), {})


@pytest.mark.parametrize(
    ("parameter", "text", "message"),
    [
        ({"Type": "Number"}, "x", "parameter P cannot be 'x': it must be a number"),
        ({"Type": "String", "AllowedValues": ["a", 1]}, "2", "parameter P cannot be '2': it must be one of a, 1"),
        ({"Type": "String", "MinLength": 2}, "a", "parameter P cannot be 'a': MinLength is 2"),
        ({"Type": "String", "MaxLength": "2"}, "abc", "parameter P cannot be 'abc': MaxLength is 2"),
        ({"Type": "Number", "MinValue": 2}, "1", "parameter P cannot be '1': MinValue is 2"),
        ({"Type": "Number", "MaxValue": 2}, "2.5", "parameter P cannot be '2.5': MaxValue is 2"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A", "parameter P cannot be 'A': it must match [a-z]+"),
        (
            {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "small letters"},
            "A",
            "parameter P cannot be 'A': small letters",
        ),
        ({"Type": "Number", "NoEcho": True}, "hidden", "parameter P cannot be ****: it must be a number"),
        (
            {"Type": "AWS::SSM::Parameter::Value<String>"},
            "x",
            "parameter P: AWS::SSM::Parameter::Value<String> is not served: Limen has no Parameter Store",
        ),
        ({"Type": "Text"}, "x", "parameter P: there is no type Text"),
        ({"Type": "String", "Defualt": 1}, "x", "parameter P: a parameter has no Defualt"),
        ({"Type": "String", "MinLength": "x"}, "x", "parameter P: MinLength must be a number"),
        ({"Default": 1}, "x", "parameter P must be an object with a Type"),
    ],
)
def test_a_value_out_of_its_limits_is_refused(parameter: dict[str, Any], text: str, message: str) -> None:
    assert refusal(parameter, text) == message


def test_a_pattern_that_cannot_be_used_is_named() -> None:
    message = refusal({"Type": "String", "AllowedPattern": "(?=a)"}, "a")

    assert message.startswith("parameter P: AllowedPattern cannot be used: ")


def test_a_parameter_that_is_not_declared_is_refused() -> None:
    with pytest.raises(TemplateError, match="the template has no parameter Q"):
        read_parameters(template(), {"Q": "1"})


def test_what_must_not_be_echoed_is_hidden() -> None:
    declared = template(Key={"Type": "String", "NoEcho": "true"}, Zones={"Type": "CommaDelimitedList"})

    assert shown_parameters(declared, {"Key": "secret", "Zones": ["a", "b"]}) == {"Key": "****", "Zones": "a,b"}
