"""What authorizers need that outlives plans; owned by a worker."""

from limen.features.authorizers.jwks_issuers import Issuers
from limen.features.authorizers.jwt_cache import VerifiedTokens


class AuthorizerTools:
    """One for each worker: caches and keys are shared by all its plans.

    Without arguments, for plans that are only looked at: nothing is fetched.
    """

    def __init__(self, *, issuers: Issuers | None = None, authority: str = "") -> None:
        """`authority`: what hosts of Limen's own services end with, `localhost:8443`; empty: it has none."""
        self.issuers = issuers or Issuers()
        self.tokens = VerifiedTokens()
        self.authority = authority

    async def close(self) -> None:
        await self.issuers.close()
