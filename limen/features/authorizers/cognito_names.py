"""What the issuer of a user pool is called: by AWS, and by Limen where the pool is its own.

Templates name pools as AWS does, tokens of Limen's pools name its own URL: an authorizer takes either, and whichever
has keys decides.
"""

import re

from limen.gateway.errors import PlanError

_ARN = re.compile(r"arn:([a-z0-9-]+):cognito-idp:([a-z0-9-]+):\d{12}:userpool/([\w-]+)", re.ASCII)
_ISSUER = re.compile(r"https://cognito-idp\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([\w-]+)", re.ASCII)
_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
"""By partition; of others amazonaws.com."""


def issuers_of_pool(arn: str, authority: str) -> tuple[tuple[str, bool], ...]:
    """Names, each with whether it is Limen's. Raises PlanError.

    `authority`: what hosts of Limen's own services end with; empty: there are none.
    """
    match = _ARN.fullmatch(arn)
    if match is None:
        raise PlanError(f"{arn!r} is no ARN of a user pool")
    partition, region, pool_id = match.groups()
    suffix = _SUFFIXES.get(partition, "amazonaws.com")
    return with_own_name(f"https://cognito-idp.{region}.{suffix}/{pool_id}", authority)


def with_own_name(issuer: str, authority: str) -> tuple[tuple[str, bool], ...]:
    """An issuer, and where it is called as AWS calls that of a pool, what it is called here; whether that is it."""
    match = _ISSUER.fullmatch(issuer)
    if match is None or not authority:
        return ((issuer, False),)
    region, pool_id = match.groups()
    return (issuer, False), (f"https://cognito-idp.{region}.{authority}/{pool_id}", True)
