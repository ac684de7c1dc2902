"""How large and how long a call may be."""

from limen.aws.allowances import DEFAULT, allowance_of


def test_only_calls_with_code_are_large() -> None:
    assert allowance_of("apigatewayv2", "CreateApi") is DEFAULT
    assert allowance_of("lambda", "GetFunction") is DEFAULT
    assert allowance_of("lambda", "CreateFunction").body > 50 << 20
    assert allowance_of("lambda", "Invoke").body == DEFAULT.body


def test_an_invocation_may_run_for_a_quarter_of_an_hour() -> None:
    assert allowance_of("lambda", "Invoke").timeout > 900


def test_a_refusal_names_the_limit_as_the_service_does() -> None:
    refused = allowance_of("lambda", "UpdateFunctionCode").refuse_body()
    assert (refused.code, refused.status) == ("RequestEntityTooLargeException", 413)
    assert refused.message == "Request must be smaller than 70167211 bytes for the UpdateFunctionCode operation"
    assert DEFAULT.refuse_body().code == "RequestTooLargeException"
