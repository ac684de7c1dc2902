"""Lambda's errors: those of its model, with the `Type` that each body carries."""

from typing import Any

from limen.aws.errors import AwsError

_USER = "User"


def invalid_parameter(message: str) -> AwsError:
    return _error("InvalidParameterValueException", message, 400)


def validation(*violations: str) -> AwsError:
    """As Lambda's front end tells what its model knows, without a Type; each violation is a sentence of its kind."""
    count = f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected: "
    return AwsError("ValidationException", count + "; ".join(violations), 400)


def not_found(message: str) -> AwsError:
    return _error("ResourceNotFoundException", message, 404)


def function_not_found(arn: str) -> AwsError:
    return not_found(f"Function not found: {arn}")


def nothing_there() -> AwsError:
    """AWS's words for policies and layers that do not exist."""
    return not_found("The resource you requested does not exist.")


def no_provisioned_concurrency() -> AwsError:
    message = "No Provisioned Concurrency Config found for this function"
    return _error("ProvisionedConcurrencyConfigNotFoundException", message, 404)


def no_policy() -> AwsError:
    """AWS's words where there is no policy to take a statement from, and none of a layer."""
    return not_found("No policy is associated with the given resource.")


def not_of_qualifiers() -> AwsError:
    """AWS's words where an operation is of the function itself."""
    return invalid_parameter(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
        "Please specify either a function name or an unqualified function ARN."
    )


def conflict(message: str) -> AwsError:
    return _error("ResourceConflictException", message, 409)


def precondition_failed(message: str) -> AwsError:
    return _error("PreconditionFailedException", message, 412)


def stale_revision(getter: str = "GetFunction/GetAlias") -> AwsError:
    return precondition_failed(
        "The Revision Id provided does not match the latest Revision Id. "
        f"Call the {getter} API to retrieve the latest Revision Id"
    )


def policy_too_long(size: int, limit: int) -> AwsError:
    return _error(
        "PolicyLengthExceededException", f"The final policy size ({size}) is bigger than the limit ({limit}).", 400
    )


def code_too_large(limit: int) -> AwsError:
    return _error("RequestEntityTooLargeException", f"Request must be smaller than {limit} bytes", 413)


def no_such_code(code: str, message: str) -> AwsError:
    """`code`, `message`: of S3."""
    return invalid_parameter(f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}")


def access_to_code_denied(bucket: str, key: str, message: str) -> AwsError:
    told = (
        "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for "
        f"{bucket}/{key}. S3 Error Code: AccessDenied. S3 Error Message: {message}"
    )
    return _error("AccessDeniedException", told, 403)


def service_failed(message: str) -> AwsError:
    return AwsError("ServiceException", message, 500, {"Type": "Service"})


def _error(code: str, message: str, status: int, **members: Any) -> AwsError:
    return AwsError(code, message, status, {"Type": _USER, **members})
