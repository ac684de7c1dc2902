"""What authorizers need that outlives plans; owned by a worker."""

from limen.features.authorizers.iam_signers import Signers
from limen.features.authorizers.jwks_issuers import Issuers
from limen.features.authorizers.jwt_cache import VerifiedTokens
from limen.features.authorizers.kept_answers import KeptAnswers
from limen.gateway.errors import PlanError
from limen.gateway.ports import AskFunction, AuthorizerFunctions, AuthorizerUse


class AuthorizerTools:
    """One for each worker: caches and keys are shared by all its plans.

    Without arguments, for plans that are only looked at: nobody is asked, nothing is fetched.
    """

    def __init__(
        self,
        functions: AuthorizerFunctions | None = None,
        *,
        issuers: Issuers | None = None,
        authority: str = "",
    ) -> None:
        """`authority`: what hosts of Limen's own services end with, `localhost:8443`; empty: it has none."""
        self.functions: AuthorizerFunctions = functions or _NoFunctions()
        self.answers = KeptAnswers()
        """Of Lambda authorizers."""
        self.issuers = issuers or Issuers()
        self.tokens = VerifiedTokens()
        """Of authorizers that take tokens."""
        self.authority = authority
        self.signers = Signers()
        """Of AWS_IAM authorization."""

    async def close(self) -> None:
        await self.issuers.close()


class _NoFunctions:
    """Where there is nobody to ask, nothing is let through."""

    def compile(self, use: AuthorizerUse) -> AskFunction:
        raise PlanError(f"authorizer {use.authorizer_id}: nobody is there to ask functions")
