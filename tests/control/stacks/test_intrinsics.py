"""Intrinsic functions: each with its forms and refusals, and all together against a plain, slow evaluator."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.control.openapi.source import Pointer
from limen.control.stacks.errors import TemplateError
from limen.control.stacks.intrinsics import NO_VALUE, Intrinsics

VALUES: dict[str, Any] = {
    "Name": "pets",
    "Zones": ["a", "b"],
    "AWS::Region": "eu-west-1",
    "AWS::NoValue": NO_VALUE,
}
ATTRIBUTES = {("Api", "Id"): "abc", ("Api", "Deep.Er"): "deep"}
MAPPINGS = {"Sizes": {"small": {"memory": 128, "zones": ["x", "y"]}}}
CONDITIONS: dict[str, Any] = {
    "Yes": {"Fn::Equals": [{"Ref": "Name"}, "pets"]},
    "No": {"Fn::Not": [{"Condition": "Yes"}]},
    "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
    "Either": {"Fn::Or": [{"Condition": "Yes"}, {"Condition": "No"}]},
    "Numbers": {"Fn::Equals": [1, "1"]},
    "Here": {"Fn::Equals": [{"Condition": "Here"}, ""]},
    "Ring": {"Fn::Not": [{"Condition": "Back"}]},
    "Back": {"Fn::Not": [{"Condition": "Ring"}]},
    "Bare": "Yes",
}


class Names:
    def ref(self, name: str, pointer: Pointer) -> Any:
        if name not in VALUES:
            raise TemplateError(f"no {name}", pointer)
        return VALUES[name]

    def attribute(self, resource: str, attribute: str, pointer: Pointer) -> Any:
        return ATTRIBUTES[resource, attribute]

    def imported(self, export: str, pointer: Pointer) -> Any:
        return f"imported {export}"


def intrinsics(has_extensions: bool = False) -> Intrinsics:
    return Intrinsics(Names(), MAPPINGS, CONDITIONS, has_extensions=has_extensions)


def evaluate(value: Any, has_extensions: bool = False) -> Any:
    return intrinsics(has_extensions).evaluate(value, ("Resources", "R"))


def refusal(value: Any, has_extensions: bool = False) -> str:
    with pytest.raises(TemplateError) as refused:
        evaluate(value, has_extensions)
    return refused.value.message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Name"}, "pets"),
        ({"Fn::GetAtt": ["Api", "Id"]}, "abc"),
        ({"Fn::GetAtt": "Api.Deep.Er"}, "deep"),
        ({"Fn::Sub": "${Name}-${Api.Id}-${!Name}-${AWS::Region}"}, "pets-abc-${Name}-eu-west-1"),
        ({"Fn::Sub": ["${x}${Name}", {"x": {"Ref": "AWS::Region"}}]}, "eu-west-1pets"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}, 1, True]]}, "a-pets-1-true"),
        ({"Fn::Join": [",", {"Ref": "Zones"}]}, "a,b"),
        ({"Fn::Select": ["1", {"Ref": "Zones"}]}, "b"),
        ({"Fn::Split": ["|", "a||b"]}, ["a", "", "b"]),
        ({"Fn::If": ["Yes", 1, {"Ref": "Missing"}]}, 1),
        ({"Fn::If": ["No", 1, [2]]}, [2]),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"Fn::If": ["Numbers", 1, 2]}, 1),
        ({"Fn::FindInMap": ["Sizes", "small", "memory"]}, 128),
        ({"Fn::ImportValue": {"Fn::Sub": "${Name}-url"}}, "imported pets-url"),
        ({"Fn::Base64": "é"}, base64.b64encode("é".encode()).decode()),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::GetAZs": "us-east-1"}, ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
        ({"Condition": {"StringEquals": "x"}}, {"Condition": {"StringEquals": "x"}}),
    ],
)
def test_a_function_has_its_value(value: Any, expected: Any) -> None:
    assert evaluate(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::Cidr": ["10.0.0.0/16", 2]}, "the function Fn::Cidr is not served"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "the function Fn::Transform is not served"),
        ({"Fn::Length": [1]}, "Fn::Length needs Transform: AWS::LanguageExtensions"),
        ({"Fn::ToJsonString": {}}, "Fn::ToJsonString needs Transform: AWS::LanguageExtensions"),
        ({"Fn::Equals": [1, 1]}, "Fn::Equals can stand only in a condition"),
        ({"Ref": "Name", "Other": 1}, "Ref must be the only key of its object"),
        ({"Ref": ["Name"]}, "Ref takes a name"),
        ({"Fn::If": ["Missing", 1, 2]}, "there is no condition Missing under Conditions"),
        ({"Fn::If": ["Yes", 1]}, "Fn::If takes a condition and two values"),
        ({"Fn::If": ["Ring", 1, 2]}, "the conditions refer to each other in a circle: Ring -> Back -> Ring"),
        ({"Fn::If": ["Bare", 1, 2]}, "a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not, Condition"),
        ({"Fn::Select": [2, ["a", "b"]]}, "Fn::Select cannot select item 2 of 2"),
        ({"Fn::Select": [-1, ["a"]]}, "Fn::Select cannot select item -1 of 1"),
        ({"Fn::Join": ["-", "a"]}, "a list is needed here"),
        ({"Fn::Join": ["-", [{"a": 1}]]}, "an item of Fn::Join is not a text"),
        ({"Fn::Split": ["", "a"]}, "the delimiter of Fn::Split must be a text that is not empty"),
        ({"Fn::FindInMap": ["Sizes", "large", "memory"]}, "Mappings has nothing under Sizes.large.memory"),
        ({"Fn::Sub": 1}, "Fn::Sub takes a text, or a list of a text and its variables"),
        ({"Fn::GetAtt": ["Api"]}, "Fn::GetAtt takes the name of a resource and of an attribute"),
        ("{{resolve:ssm:/pets/key}}", "the dynamic reference {{resolve:ssm:...}} is not served"),
    ],
)
def test_what_cannot_be_evaluated_is_named(value: Any, message: str) -> None:
    assert refusal(value) == message


def test_language_extensions_bring_more() -> None:
    assert evaluate({"Fn::Length": {"Ref": "Zones"}}, True) == 2
    assert evaluate({"Fn::ToJsonString": {"a": {"Ref": "Name"}}}, True) == '{"a":"pets"}'
    default = {"Fn::FindInMap": ["Sizes", "large", "memory", {"DefaultValue": {"Ref": "Name"}}]}
    assert evaluate(default, True) == "pets"
    assert refusal(default) == "DefaultValue of Fn::FindInMap needs Transform: AWS::LanguageExtensions"


def test_an_error_says_where() -> None:
    with pytest.raises(TemplateError) as refused:
        evaluate({"a": [{"Fn::Join": ["", [{"Ref": "Missing"}]]}]})

    assert refused.value.pointer == ("Resources", "R", "a", "0", "Fn::Join", "1", "0", "Ref")


def test_a_text_that_grows_without_end_is_refused() -> None:
    value: Any = "x" * 1000
    for _ in range(4):
        value = {"Fn::Join": ["", [value] * 10]}

    assert "makes a text of more than" in refusal(value)


# --- against an evaluator that looks like the documentation

_text = st.text(alphabet="ab,-${}!.", max_size=6).filter(lambda text: "{{" not in text)
_name = st.sampled_from(["Name", "AWS::Region"])


def _functions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    texts = st.one_of(_text, st.builds(lambda name: {"Ref": name}, _name))
    return st.one_of(
        st.builds(lambda name: {"Ref": name}, st.sampled_from(list(VALUES))),
        st.builds(lambda a, b: {"Fn::Join": [a, b]}, _text, st.lists(texts, max_size=3)),
        st.builds(lambda a: {"Fn::Split": [",", a]}, texts),
        st.builds(lambda a: {"Fn::Select": [0, {"Fn::Split": ["-", a]}]}, texts),
        st.builds(
            lambda a, b, c: {"Fn::If": [a, b, c]}, st.sampled_from(["Yes", "No", "Both", "Either"]), inner, inner
        ),
        st.builds(lambda a: {"Fn::Base64": a}, texts),
        st.builds(
            lambda a, b: {"Fn::Sub": [f"<${{x}}{a}${{Name}}", {"x": b}]}, st.sampled_from(["", "$", "${!y}"]), texts
        ),
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    )


_value = st.recursive(st.one_of(_text, st.integers(), st.booleans()), _functions, max_leaves=12)


def plainly(value: Any) -> Any:
    """Rewrites from the inside out, as a person with the documentation would."""
    if isinstance(value, list):
        return [item for item in map(plainly, value) if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        name, yes, no = value["Fn::If"]
        return plainly(yes if name in ("Yes", "Either") else no)
    done = {key: plainly(item) for key, item in value.items()}
    if "Ref" in done:
        return VALUES[done["Ref"]]
    if "Fn::Join" in done:
        return done["Fn::Join"][0].join(done["Fn::Join"][1])
    if "Fn::Split" in done:
        return done["Fn::Split"][1].split(done["Fn::Split"][0])
    if "Fn::Select" in done:
        return done["Fn::Select"][1][done["Fn::Select"][0]]
    if "Fn::Base64" in done:
        return base64.b64encode(done["Fn::Base64"].encode()).decode()
    if "Fn::Sub" in done:
        text, given_values = done["Fn::Sub"]
        for name, item in {"x": given_values["x"], "Name": "pets"}.items():
            text = f"\0{item.translate({36: 1})}\0".join(text.split(f"${{{name}}}"))
        return text.replace("\0", "").replace("${!", "${").replace("\1", "$")
    return {key: item for key, item in done.items() if item is not NO_VALUE}


@given(_value)
def test_any_value_is_what_the_documentation_makes_of_it(value: Any) -> None:
    assert evaluate(value) == plainly(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | _text,
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["Ref", *(f"Fn::{name}" for name in ("Sub", "Join", "If", "Select", "GetAZs"))]),
                inner,
                max_size=1,
            )
        ),
        max_leaves=10,
    )
)
def test_whatever_is_written_ends_in_a_value_or_a_named_error(value: Any) -> None:
    try:
        evaluated = evaluate(value)
    except TemplateError as error:
        assert error.message
    else:
        assert evaluated is NO_VALUE or json.dumps(evaluated)
