"""What a REST API says to requests that none of its methods answers: it takes them for calls that are not signed.

A client that authorizes itself otherwise is told what its Authorization header lacks to be a signature (observed).
"""

from limen.aws.errors import AwsError
from limen.aws.request import AwsRequest
from limen.aws.signature import find_signature
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import INCOMPLETE_SIGNATURE, MISSING_AUTHENTICATION_TOKEN


def refuse_unknown_method(exchange: Exchange) -> None:
    """An inbound step; always raises."""
    if exchange.find_header(b"authorization") is not None:
        try:
            find_signature(_request_of(exchange))
        except AwsError as error:
            if error.code == INCOMPLETE_SIGNATURE.error_type:
                raise GatewayError(INCOMPLETE_SIGNATURE, message=error.message) from None
    raise GatewayError(MISSING_AUTHENTICATION_TOKEN)


def _request_of(exchange: Exchange) -> AwsRequest:
    """Of its body and its query nothing is asked: whether a signature is right is not looked at."""
    return AwsRequest(
        exchange.method.decode("latin-1"), exchange.path.decode("latin-1"), "", list(exchange.headers), b""
    )
