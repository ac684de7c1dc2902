"""Who calls: GetCallerIdentity of STS, by which tools learn the account that they work in.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from typing import Any

from limen.aws.arn import partition_of
from limen.control.call import Call


def get_caller_identity(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Whoever has the keys of this server is the account itself."""
    account = call.aws.account
    return {"UserId": account, "Account": account, "Arn": f"arn:{partition_of(call.aws.region)}:iam::{account}:root"}
