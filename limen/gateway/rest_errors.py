"""Failures of REST APIs, and the types of gateway responses that they are answered by.

Statuses and messages: developer guide, "Gateway response types"; messages that it does not give are as observed.
"""

from limen.gateway.errors import Failure

GATEWAY_RESPONSE_TYPES: dict[str, str | None] = {
    "ACCESS_DENIED": "403",
    "API_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_CONFIGURATION_ERROR": "500",
    "AUTHORIZER_FAILURE": "500",
    "BAD_REQUEST_BODY": "400",
    "BAD_REQUEST_PARAMETERS": "400",
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
    "EXPIRED_TOKEN": "403",
    "INTEGRATION_FAILURE": "504",
    "INTEGRATION_TIMEOUT": "504",
    "INVALID_API_KEY": "403",
    "INVALID_SIGNATURE": "403",
    "MISSING_AUTHENTICATION_TOKEN": "403",
    "QUOTA_EXCEEDED": "429",
    "REQUEST_TOO_LARGE": "413",
    "RESOURCE_NOT_FOUND": "404",
    "THROTTLED": "429",
    "UNAUTHORIZED": "401",
    "UNSUPPORTED_MEDIA_TYPE": "415",
    "WAF_FILTERED": "403",
}
"""Default status by type, in AWS's order; None: each failure keeps its own."""

DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
"""Of every type, under application/json."""

_CONFIGURATION = "InternalServerErrorException"
_BAD_REQUEST = "BadRequestException"

# Before a method is executed.
FORBIDDEN = Failure("", 403, "Forbidden", "ForbiddenException")
"""No API was chosen, so no gateway response applies."""
HEADERS_TOO_LARGE = Failure("", 431, "Request Header Fields Too Large", _BAD_REQUEST)
MALFORMED_PATH = Failure("DEFAULT_4XX", 400, "Bad Request", _BAD_REQUEST)
REQUEST_TOO_LARGE = Failure("REQUEST_TOO_LARGE", 413, "HTTP content length exceeded 10485760 bytes.")
MISSING_AUTHENTICATION_TOKEN = Failure(
    "MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"
)
INCOMPLETE_SIGNATURE = Failure("DEFAULT_4XX", 403, None, "IncompleteSignatureException")
UNRECOGNIZED_CLIENT = Failure("ACCESS_DENIED", 403, None, "UnrecognizedClientException")
"""The access key or the session is not known (observed; the guide has no type of its own for it)."""
INVALID_SIGNATURE = Failure("INVALID_SIGNATURE", 403, None, "InvalidSignatureException")
EXPIRED_TOKEN = Failure(
    "EXPIRED_TOKEN", 403, "The security token included in the request is expired", "ExpiredTokenException"
)
REQUEST_URI_TOO_LONG = Failure("DEFAULT_4XX", 414, "Request URI too long", _BAD_REQUEST)
UNAUTHORIZED = Failure("UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException")
ACCESS_DENIED = Failure(
    "ACCESS_DENIED", 403, "User is not authorized to access this resource", "AccessDeniedException", is_capital=True
)
POLICY_DENIED = Failure("ACCESS_DENIED", 403, None, "AccessDeniedException", is_capital=True)
"""By a resource policy, or by the policies of who signed; the message names them."""
AUTHORIZER_CONFIGURATION_ERROR = Failure(
    "AUTHORIZER_CONFIGURATION_ERROR", 500, None, "AuthorizerConfigurationException"
)
SCOPE_FORBIDDEN = Failure("ACCESS_DENIED", 403, "Forbidden", "AccessDeniedException")
"""A token that a JWT authorizer accepts, without a scope that the method asks for."""
AUTHORIZER_FAILURE = Failure("AUTHORIZER_FAILURE", 500, None, "AuthorizerConfigurationException")
INVALID_API_KEY = Failure("INVALID_API_KEY", 403, "Forbidden", "ForbiddenException")
QUOTA_EXCEEDED = Failure("QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException")
THROTTLED = Failure("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException")

# While one is.
BAD_REQUEST_PARAMETERS = Failure(
    "BAD_REQUEST_PARAMETERS", 400, "Missing required request parameters: []", _BAD_REQUEST, is_spaced=True
)
BAD_REQUEST_BODY = Failure("BAD_REQUEST_BODY", 400, "Invalid request body", _BAD_REQUEST, is_spaced=True)
INVALID_JSON = Failure("DEFAULT_4XX", 400, "Invalid JSON in request body", _BAD_REQUEST, is_spaced=True)
UNSUPPORTED_MEDIA_TYPE = Failure("UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type", _BAD_REQUEST, is_spaced=True)
API_CONFIGURATION_ERROR = Failure(
    "API_CONFIGURATION_ERROR", 500, "Internal server error", _CONFIGURATION, is_spaced=True
)
INTERNAL = Failure("DEFAULT_5XX", 500, "Internal server error", _CONFIGURATION, is_spaced=True)
INTEGRATION_FAILURE = Failure(
    "INTEGRATION_FAILURE", 504, "Network error communicating with endpoint", _CONFIGURATION, is_spaced=True
)
INTEGRATION_TIMEOUT = Failure("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", _CONFIGURATION, is_spaced=True)
FUNCTION_FAILED = Failure("DEFAULT_5XX", 502, "Internal server error", _CONFIGURATION, is_spaced=True)
"""Behind a proxy integration: it failed, or answered what is no response (guide, "Output format of a Lambda function
for proxy integration")."""
FUNCTION_THROTTLED = Failure("INTEGRATION_FAILURE", 500, "Internal server error", _CONFIGURATION, is_spaced=True)
"""Lambda answered 429: the client reads 500, and the gateway response is that of a failed integration (observed)."""
FUNCTION_PAYLOAD_TOO_LARGE = Failure(
    "REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestTooLargeException", is_spaced=True
)
"""API Gateway takes 10 MB, Lambda 6 of them (observed)."""
