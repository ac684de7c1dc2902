"""Amazon Resource Names: arn:partition:service:region:account:resource.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from msgspec import Struct

_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
)


class Arn(Struct, frozen=True):
    """`region` and `account` are empty where the service leaves them out; `resource` may hold colons."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def find_arn(text: str) -> Arn | None:
    """None where the text is no ARN."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        return None
    return Arn(*parts[1:])


def new_arn(service: str, region: str, account: str, resource: str) -> Arn:
    return Arn(partition_of(region), service, region, account, resource)


def partition_of(region: str) -> str:
    """The partition whose regions are named like this one."""
    return next((partition for prefix, partition in _PARTITIONS if region.startswith(prefix)), "aws")
