"""What Cognito answers to calls that it refuses, in its words."""

from limen.aws.errors import AwsError, not_implemented


def refused(code: str, message: str) -> AwsError:
    return AwsError(code, message, 400)


def invalid_parameter(message: str) -> AwsError:
    return refused("InvalidParameterException", message)


def not_authorized(message: str) -> AwsError:
    return refused("NotAuthorizedException", message)


def not_found(message: str) -> AwsError:
    """404 for those who ask within this process; the protocol answers 400."""
    return AwsError("ResourceNotFoundException", message, 404)


def no_user() -> AwsError:
    return AwsError("UserNotFoundException", "User does not exist.", 404)


def wrong_password() -> AwsError:
    return not_authorized("Incorrect username or password.")


def locked_out() -> AwsError:
    return not_authorized("Password attempts exceeded")


def user_exists(message: str = "User already exists") -> AwsError:
    return refused("UsernameExistsException", message)


def alias_exists(attribute: str) -> AwsError:
    return refused("AliasExistsException", f"An account with the {attribute} already exists.")


def weak_password(reason: str) -> AwsError:
    return refused("InvalidPasswordException", f"Password did not conform with policy: {reason}")


def wrong_code() -> AwsError:
    return refused("CodeMismatchException", "Invalid verification code provided, please try again.")


def expired_code() -> AwsError:
    return refused("ExpiredCodeException", "Invalid code provided, please request a code again.")


def too_many_attempts() -> AwsError:
    return refused("LimitExceededException", "Attempt limit exceeded, please try after some time.")


def too_many_requests() -> AwsError:
    return refused("TooManyRequestsException", "Too many requests")


def unserved(what: str) -> AwsError:
    return not_implemented(f"{what} of user pools")
