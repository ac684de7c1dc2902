"""What authorizers need that outlives plans; owned by a worker."""

from limen.features.authorizers.kept_answers import KeptAnswers
from limen.gateway.errors import PlanError
from limen.gateway.ports import AskFunction, AuthorizerFunctions, AuthorizerUse


class AuthorizerTools:
    """One for each worker: caches and keys are shared by all its plans."""

    def __init__(self, functions: AuthorizerFunctions | None = None) -> None:
        self.functions: AuthorizerFunctions = functions or _NoFunctions()
        self.answers = KeptAnswers()
        """Of Lambda authorizers."""


class _NoFunctions:
    """Where there is nobody to ask, nothing is let through."""

    def compile(self, use: AuthorizerUse) -> AskFunction:
        raise PlanError(f"authorizer {use.authorizer_id}: nobody is there to ask functions")
