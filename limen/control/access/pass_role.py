"""iam:PassRole: who gives a role to something that Limen runs must be allowed to, as at AWS.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from limen.control.access.weigh import Asking

_ANY_USER = "arn:aws:iam::*:user/"
"""Credentials of an integration that stand for those of whoever calls."""


def pass_role(arn: object, service: str) -> list[Asking]:
    """Nothing to ask where there is no role."""
    if not isinstance(arn, str) or not arn or arn.startswith(_ANY_USER):
        return []
    return [Asking("iam:PassRole", arn, {"iam:passedtoservice": service})]
