"""Functions as integrations name them: URIs of the Invoke API, ARNs, qualifiers, stage variables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.errors import PlanError
from limen.integrations.functions.name import (
    FunctionName,
    check_function_name,
    is_function_uri,
    parse_function_name,
)

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:pets"
BUFFERED = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{}/invocations"
STREAMED = "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/{}/response-streaming-invocations"


def parse(text: str) -> FunctionName:
    return parse_function_name(text, "us-east-1", "000000000000")


@pytest.mark.parametrize("form", ["{}", BUFFERED, STREAMED, BUFFERED.replace("path/", "path//")])
@pytest.mark.parametrize("qualifier", ["", "prod", "$LATEST", "7"])
def test_a_function_is_named_by_uri_or_arn(form: str, qualifier: str) -> None:
    named = f"{ARN}:{qualifier}" if qualifier else ARN
    function = parse(form.format(named))

    assert function == FunctionName(ARN, "eu-west-1", qualifier, form == STREAMED)
    assert function.qualified_arn == named


def test_a_bare_name_is_a_function_of_the_api() -> None:
    assert parse(BUFFERED.format("pets:prod")) == FunctionName(
        "arn:aws:lambda:us-east-1:000000000000:function:pets", "us-east-1", "prod"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pets",
        "arn:aws:lambda:eu-west-1:123456789012:function",
        "arn:aws:lambda:eu-west-1:123456789012:function:",
        "arn:aws:lambda:eu-west-1:123456789012:function:a:b:c",
        "arn:aws:lambda:eu-west-1:12345:function:pets",
        "arn:aws:sqs:eu-west-1:123456789012:pets",
        f"{ARN}\r\nX-Limen-Role: x",
        BUFFERED.format("a/b"),
        BUFFERED.format(ARN) + "?x=1",
        BUFFERED.format(ARN).replace("2015-03-31", "2021-11-15"),
        STREAMED.format(ARN).replace("2021-11-15", "2015-03-31"),
        BUFFERED.format(ARN).replace(":lambda:", ":sqs:", 1),
    ],
)
def test_what_names_no_function_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="does not name a Lambda function"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        BUFFERED.format(f"{ARN}:${{stageVariables.alias}}"),
        BUFFERED.format("arn:aws:lambda:eu-west-1:123456789012:function:${stageVariables.name}"),
        BUFFERED.format("arn:aws:lambda:eu-west-1:123456789012:function:pets-${stageVariables.name}:live"),
        BUFFERED.format("${stageVariables.name}"),
        STREAMED.format("${stageVariables.name}"),
    ],
)
def test_stage_variables_may_stand_for_names_and_aliases(text: str) -> None:
    check_function_name(text)
    assert is_function_uri(text)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_no_text_makes_a_name_with_more_in_it(text: str) -> None:
    for form in (BUFFERED, STREAMED, "arn:aws:lambda:eu-west-1:123456789012:function:{}"):
        try:
            function = parse(form.format(text))
        except PlanError:
            continue
        assert not set("\r\n /?%#") & set(function.qualified_arn)
