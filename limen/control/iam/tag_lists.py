"""Tags as documents of IAM hold them."""

from limen.control.iam.errors import invalid_input, limit_exceeded, validation

MOST_TAGS = 50


def checked_tags(tags: list[dict[str, str]] | None) -> list[dict[str, str]]:
    """Tags as documents hold them. Raises AwsError for one that is AWS's own, or given twice."""
    keys = [tag["Key"] for tag in tags or []]
    if len({key.lower() for key in keys}) != len(keys):
        raise invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.lower().startswith("aws:") for key in keys):
        raise validation("Tag keys cannot start with 'aws:'")
    if len(keys) > MOST_TAGS:
        raise limit_exceeded(f"The number of tags has reached the maximum limit of {MOST_TAGS}.")
    return [{"Key": tag["Key"], "Value": tag["Value"]} for tag in tags or []]
