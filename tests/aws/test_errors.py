"""AWS's errors: codes, status, members."""

import pytest

from limen.aws import errors
from limen.aws.errors import AwsError

TABLE = [
    (errors.bad_request("m"), "BadRequestException", 400, {}),
    (errors.not_found("m"), "NotFoundException", 404, {}),
    (errors.not_found("m", "Api"), "NotFoundException", 404, {"resourceType": "Api"}),
    (errors.conflict("m"), "ConflictException", 409, {}),
    (errors.too_many_requests("m"), "TooManyRequestsException", 429, {}),
    (errors.too_many_requests("m", "apis"), "TooManyRequestsException", 429, {"limitType": "apis"}),
    (errors.access_denied("m"), "AccessDeniedException", 403, {}),
    (errors.serialization_error("m"), "SerializationException", 400, {}),
    (errors.request_too_large(8), "RequestTooLargeException", 413, {}),
    (errors.request_timeout(30), "RequestTimeoutException", 408, {}),
    (errors.service_unavailable("m"), "ServiceUnavailableException", 503, {}),
    (errors.internal_failure(), "InternalFailure", 500, {}),
]


@pytest.mark.parametrize(("error", "code", "status", "members"), TABLE)
def test_errors_as_aws_has_them(error: AwsError, code: str, status: int, members: dict[str, str]):
    assert (error.code, error.status, error.members) == (code, status, members)
    assert str(error) == f"{code}: {error.message}"
