"""Requests of a REST API that none of its methods answers."""

import pytest

from limen.features.unknown_methods import refuse_unknown_method
from limen.gateway.errors import GatewayError
from tests.support.exchanges import exchange

SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/execute-api/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=ab"
)
MISSING = "Missing Authentication Token"
REQUIRED = "Authorization header requires"


MISSING_TOKEN, INCOMPLETE = "MissingAuthenticationTokenException", "IncompleteSignatureException"


@pytest.mark.parametrize(
    ("headers", "error_type", "message"),
    [
        ({}, MISSING_TOKEN, MISSING),
        ({"Authorization": SIGNED, "X-Amz-Date": "20260102T030405Z"}, MISSING_TOKEN, MISSING),
        ({"Authorization": SIGNED, "X-Amz-Date": "20250102T030405Z"}, MISSING_TOKEN, MISSING),
        ({"Authorization": "Bearer abc"}, INCOMPLETE, "Invalid key=value pair (missing equal-sign)"),
        ({"Authorization": "Basic YWI="}, INCOMPLETE, f"{REQUIRED} 'Credential' parameter. {REQUIRED}"),
        ({"Authorization": SIGNED}, INCOMPLETE, f"{REQUIRED} existence of either a 'X-Amz-Date'"),
    ],
)
def test_a_header_that_is_no_signature_is_told_what_it_lacks(
    headers: dict[str, str], error_type: str, message: str
) -> None:
    with pytest.raises(GatewayError) as refused:
        refuse_unknown_method(exchange("GET /nope", headers))

    assert (refused.value.failure.status, refused.value.failure.error_type) == (403, error_type)
    assert refused.value.message is not None
    assert refused.value.message.startswith(message)
