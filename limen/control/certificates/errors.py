"""What Certificate Manager answers to calls that it refuses (API reference, errors of each action)."""

from limen.aws.errors import AwsError


def invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)


def invalid_parameter(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message, 400)


def invalid_arn(arn: str) -> AwsError:
    return AwsError("InvalidArnException", f"The ARN {arn} is not the ARN of a certificate", 400)


def invalid_tag(message: str) -> AwsError:
    return AwsError("InvalidTagException", message, 400)


def too_many_tags(most: int) -> AwsError:
    return AwsError("TooManyTagsException", f"The number of tags exceeds the limit of {most} tags per certificate", 400)


def limit_exceeded(message: str) -> AwsError:
    return AwsError("LimitExceededException", message, 400)


def no_such_certificate(arn: str, account: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Could not find certificate {arn} in account {account}", 404)


def in_use(arn: str, users: list[str]) -> AwsError:
    named = ", ".join(users[:5])
    return AwsError("ResourceInUseException", f"Certificate {arn} is in use by {named}", 400)


def invalid_state(message: str) -> AwsError:
    return AwsError("InvalidStateException", message, 400)


def invalid_validation_options(message: str) -> AwsError:
    return AwsError("InvalidDomainValidationOptionsException", message, 400)
