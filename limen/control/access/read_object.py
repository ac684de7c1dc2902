"""s3:GetObject: who has an object read must be allowed to read it, as at AWS, though Limen reads it with its own key.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from limen.aws.arn import partition_of
from limen.control.access.weigh import Asking


def read_object(bucket: object, key: object, version: object, region: str) -> list[Asking]:
    """Nothing to ask where no object is named; `region`: of the call, which says the partition."""
    if not isinstance(bucket, str) or not isinstance(key, str) or not bucket or not key:
        return []
    action = "s3:GetObject" if version is None else "s3:GetObjectVersion"
    return [Asking(action, f"arn:{partition_of(region)}:s3:::{bucket}/{key}")]
