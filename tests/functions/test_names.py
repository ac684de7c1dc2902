"""The forms of a function's name."""

import pytest

from limen.functions.names import FunctionName, find_function_name

HERE = ("us-east-1", "000000000000")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hello", FunctionName(*HERE, "hello")),
        ("hello:live", FunctionName(*HERE, "hello", "live")),
        ("function:hello", FunctionName(*HERE, "hello")),
        ("111111111111:function:hello:3", FunctionName("us-east-1", "111111111111", "hello", "3")),
        (
            "arn:aws:lambda:eu-west-1:111111111111:function:hello:$LATEST",
            FunctionName("eu-west-1", "111111111111", "hello", "$LATEST"),
        ),
        (
            "arn:aws-us-gov:lambda:us-gov-west-1:1" + "1" * 11 + ":function:a",
            FunctionName("us-gov-west-1", "1" * 12, "a"),
        ),
    ],
)
def test_a_name_is_found_in_all_its_forms(text: str, found: FunctionName) -> None:
    assert find_function_name(text, *HERE) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a/b",
        "../a",
        "x" * 65,
        "hello:",
        "hello:a:b",
        "1111:function:a",
        "arn:aws:lambda:us-east-1:function:a",
        "arn:aws:sns:us-east-1:000000000000:function:a",
        "arn:aws:lambda:us-east-1:000000000000:hello",
        "hello\n",
    ],
)
def test_what_is_no_name(text: str) -> None:
    assert find_function_name(text, *HERE) is None


def test_a_name_has_an_arn() -> None:
    name = FunctionName("cn-north-1", "1" * 12, "hello", "live")
    assert name.arn == "arn:aws-cn:lambda:cn-north-1:111111111111:function:hello"
    assert name.qualified_arn == f"{name.arn}:live"
