"""The forms in which functions and layers are named."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.call import Call, ControlSettings
from limen.control.functions.names import is_version, read_function_id, read_layer_id, read_layer_version

ACCOUNT = "123456789012"
NAMES = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=64).filter(
    lambda name: name != "function" and not (name.isdigit() and len(name) == 12)
)
QUALIFIERS = st.none() | st.just("$LATEST") | st.from_regex(r"[0-9]{1,4}", fullmatch=True) | NAMES


def call(region: str = "eu-central-1", operation: str = "GetFunction") -> Call:
    aws = AwsCall("lambda", operation, {}, ACCOUNT, region, "key", "request")
    return Call(aws, None, ControlSettings(account=ACCOUNT))  # type: ignore[arg-type]


@given(name=NAMES, qualifier=QUALIFIERS, form=st.integers(0, 4))
def test_every_form_names_the_same_function(name: str, qualifier: str | None, form: int) -> None:
    prefixes = [
        "",
        "function:",
        f"{ACCOUNT}:",
        f"{ACCOUNT}:function:",
        f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:",
    ]
    text = prefixes[form] + name + ("" if qualifier is None else f":{qualifier}")

    function = read_function_id(call(), text)

    assert (function.name, function.qualifier) == (name, qualifier)
    assert read_function_id(call(), function.arn) == function
    assert function.unqualified_arn == f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:{name}"


@given(text=st.text(max_size=60))
def test_any_other_text_is_refused_in_words(text: str) -> None:
    try:
        function = read_function_id(call(), text)
    except AwsError as error:
        assert error.code in ("ValidationException", "ResourceNotFoundException", "AccessDeniedException")
    else:
        assert text.endswith((function.name, f"{function.name}:{function.qualifier}"))


def test_a_qualifier_beside_the_name_must_agree_with_the_one_in_it() -> None:
    assert read_function_id(call(), "hello", "live").qualifier == "live"
    assert read_function_id(call(), "hello:live", "live").qualifier == "live"
    with pytest.raises(AwsError, match="The derived qualifier from the function name does not match"):
        read_function_id(call(), "hello:live", "1")


def test_functions_of_other_places_are_not_here() -> None:
    with pytest.raises(AwsError, match="Functions from 'us-west-2' are not reachable in this region"):
        read_function_id(call(), f"arn:aws:lambda:us-west-2:{ACCOUNT}:function:hello")
    with pytest.raises(AwsError, match=r"AccessDeniedException.*lambda:GetFunction"):
        read_function_id(call(), "arn:aws:lambda:eu-central-1:999999999999:function:hello")
    with pytest.raises(AwsError, match="not authorized to perform: lambda:InvokeFunction on"):
        read_function_id(call(operation="Invoke"), "arn:aws:lambda:eu-central-1:999999999999:function:hello")


def test_partitions_follow_the_region() -> None:
    assert read_function_id(call("cn-north-1"), "hello").arn.startswith("arn:aws-cn:lambda:cn-north-1:")


@given(name=NAMES, version=st.integers(1, 99999))
def test_layers_are_named_by_name_or_arn(name: str, version: int) -> None:
    layer = read_layer_id(call(), name)
    assert layer.arn == f"arn:aws:lambda:eu-central-1:{ACCOUNT}:layer:{name}"
    assert read_layer_id(call(), layer.arn) == layer
    assert read_layer_version(call(), layer.arn_of(version)) == (layer, str(version))


@pytest.mark.parametrize("text", ["tools:1", "arn:aws:lambda:eu-central-1:123456789012:layer:tools:1", "a b", ""])
def test_a_layer_has_no_version_in_its_name(text: str) -> None:
    with pytest.raises(AwsError, match="ValidationException"):
        read_layer_id(call(), text)


def test_numbers_and_latest_are_versions() -> None:
    assert [is_version(text) for text in ("$LATEST", "1", "42", "live", "v1", "1a")] == [True] * 3 + [False] * 3
