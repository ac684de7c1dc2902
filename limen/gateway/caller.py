"""Who calls: what an authorizer found out about the client of an exchange, and nobody else can set."""

from collections.abc import Mapping
from typing import Any

from limen.aws.identities import Principal


class IamIdentity:
    """Of a caller that signed its request (`$context.identity.*`, `requestContext.authorizer.iam`)."""

    __slots__ = ("access_key", "account", "caller_id", "organization", "principal", "user_arn", "user_id")

    def __init__(
        self,
        access_key: str,
        account: str,
        user_id: str,
        user_arn: str,
        caller_id: str = "",
        organization: str = "",
        *,
        principal: Principal | None = None,
    ) -> None:
        self.access_key = access_key
        self.account = account
        self.user_id = user_id
        self.user_arn = user_arn
        self.caller_id = caller_id or user_id
        self.organization = organization
        self.principal = principal
        """All that policies may ask about the caller: tags, its role, when its session began."""


class Caller:
    """Set on an exchange by its authorizer and never changed after that: a cached one may serve many exchanges."""

    __slots__ = ("claims", "context", "iam", "kind", "principal_id", "scopes", "shown", "usage_key")

    def __init__(
        self,
        kind: str,
        *,
        principal_id: str = "",
        context: Mapping[str, Any] | None = None,
        claims: Mapping[str, Any] | None = None,
        scopes: list[str] | None = None,
        iam: IamIdentity | None = None,
        usage_key: str | None = None,
    ) -> None:
        self.kind = kind
        """`lambda`, `jwt`, `cognito` or `iam`."""
        self.principal_id = principal_id
        self.context: Mapping[str, Any] = context or {}
        """What a Lambda authorizer answered as `context`; of simple responses of HTTP APIs any JSON."""
        self.claims = claims
        """Of a token, as API Gateway shows them: texts."""
        self.scopes = scopes
        self.iam = iam
        self.usage_key = usage_key
        """`usageIdentifierKey`: the value of an API key."""
        self.shown: bytes | None = None
        """Kept by caller_view: what events of HTTP APIs say of the caller."""
