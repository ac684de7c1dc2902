"""Parameter mapping as AWS refuses it: the grammar is the integrations' own, the words are those of the AWS API.

Developer guide, Transforming API requests and responses.
"""

from collections.abc import Mapping

from limen.aws.errors import AwsError, bad_request
from limen.integrations.mapping_grammar import Destination, is_response_status, parse_destination, parse_value


def check_request_parameters(parameters: Mapping[str, str]) -> None:
    for key, value in parameters.items():
        _check(_destination(key, "Request"), key, value, is_response=False)


def check_response_parameters(parameters: Mapping[str, Mapping[str, str]]) -> None:
    """By status code of the integration's response."""
    for status, changes in parameters.items():
        if not is_response_status(status):
            raise bad_request(f"Status Code {status} is not valid")
        for key, value in changes.items():
            destination = _destination(key, "Response")
            _check(destination, key, value, is_response=True)
            if destination.place == "statuscode" and "$" not in value and not is_response_status(value):
                raise bad_request(f"Status Code {value} is not valid")


def check_value(name: str, value: str, problem: str | None) -> None:
    """A value that something is set to, and what the grammar has found wrong with it."""
    if not value:
        raise _invalid(f"The value of {name} must not be empty")
    if problem is not None:
        raise _invalid(f"Invalid mapping expression specified: {problem}")


def _destination(key: str, side: str) -> Destination:
    try:
        return parse_destination(key, is_response=side == "Response")
    except ValueError as error:
        if str(error).startswith("Operations on header"):
            raise _invalid(str(error)) from None
        raise _invalid(f"Invalid {side} Actioned Parameter destination specified: {key}") from None


def _check(destination: Destination, key: str, value: str, *, is_response: bool) -> None:
    if destination.action != "remove":
        _check_mapped(key, value, is_response=is_response)
    elif value not in ("", "''"):
        raise _invalid(f"The value of {key} must be ''")


def _check_mapped(key: str, value: str, *, is_response: bool) -> None:
    problem = None
    try:
        parse_value(value, is_response=is_response)
    except ValueError as error:
        problem = str(error)
    check_value(key, value, problem)


def _invalid(error: str) -> AwsError:
    return bad_request(f"Invalid mapping expression specified: Validation Result: warnings : [], errors : [{error}]")
