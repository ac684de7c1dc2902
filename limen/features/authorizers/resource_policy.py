"""The resource policy of a REST API, and what comes of it together with what an authorizer says.

Guide: "How API Gateway resource policies affect authorization workflow".
Where the guide contradicts itself on user pools, the stricter text holds: the policy has to allow by itself.
"""

from functools import lru_cache

from limen.aws.policies.asked import Asked, Asker, Decision, Effect, without_account
from limen.aws.policies.policy import Policy, compile_policy
from limen.features.authorizers.condition_keys import asker_of, caller_values, is_known
from limen.features.authorizers.guarded import Guarded, Settle
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.method_arn import LONGEST, compile_method_arn
from limen.gateway.rest_errors import POLICY_DENIED, REQUEST_URI_TOO_LONG
from limen.gateway.route_plan import Step

ACTION = "execute-api:Invoke"
EXPLICIT = " with an explicit deny"

SAME_ACCOUNT: dict[tuple[Effect, Effect], Effect] = {
    (Effect.ALLOW, Effect.ALLOW): Effect.ALLOW,
    (Effect.ALLOW, Effect.NEITHER): Effect.ALLOW,
    (Effect.ALLOW, Effect.DENY): Effect.DENY,
    (Effect.NEITHER, Effect.ALLOW): Effect.ALLOW,
    (Effect.NEITHER, Effect.NEITHER): Effect.NEITHER,
    (Effect.NEITHER, Effect.DENY): Effect.DENY,
    (Effect.DENY, Effect.ALLOW): Effect.DENY,
    (Effect.DENY, Effect.NEITHER): Effect.DENY,
    (Effect.DENY, Effect.DENY): Effect.DENY,
}
"""The guide's table A: by what the authorizer says, or the policies of who calls, and what the resource policy says."""

OTHER_ACCOUNT: dict[tuple[Effect, Effect], Effect] = {
    **SAME_ACCOUNT,
    (Effect.ALLOW, Effect.NEITHER): Effect.NEITHER,
    (Effect.NEITHER, Effect.ALLOW): Effect.NEITHER,
}
"""Table B: both have to allow."""


class ResourcePolicy:
    """Of one API, for one stage. Without a policy it neither allows nor denies."""

    def __init__(self, guarded: Guarded, action: str = ACTION) -> None:
        self._action = action
        self._policy = _compile(guarded.policy or '{"Statement":[]}')
        self._account = guarded.account
        self._name_method = compile_method_arn(
            guarded.region, guarded.account, guarded.api_id, guarded.stage_name, is_rest=True
        )

    def require(self, exchange: Exchange) -> None:
        """A step: goes on only where the policy allows it."""
        decision, arn = self._decide(exchange)
        if not decision.is_allowed:
            raise denial(exchange, arn, is_explicit=decision.is_denied, action=self._action)

    def refuse_denied(self, exchange: Exchange) -> None:
        """A step: goes on unless the policy denies it."""
        decision, arn = self._decide(exchange)
        if decision.is_denied:
            raise denial(exchange, arn, is_explicit=True, action=self._action)

    def settle(self, exchange: Exchange, effect: Effect) -> Effect:
        """A Settle, once the exchange has its caller."""
        decision, arn = self._decide(exchange)
        if decision.is_denied:
            raise denial(exchange, arn, is_explicit=True, action=self._action)
        iam = None if exchange.caller is None else exchange.caller.iam
        if iam is None:
            return SAME_ACCOUNT[effect, decision.effect]
        if iam.account != self._account:
            return OTHER_ACCOUNT[effect, decision.effect]
        if decision.is_allowed and effect is Effect.NEITHER:
            # Who is let in by the account's name alone is left to their own policies, which say nothing.
            asker = without_account(asker_of(exchange))
            return SAME_ACCOUNT[effect, self._policy.decide(self._ask(exchange, arn, asker)).effect]
        return SAME_ACCOUNT[effect, decision.effect]

    def _ask(self, exchange: Exchange, arn: str, asker: Asker) -> Asked:
        context = caller_values(exchange) if self._policy.needs_context else {}
        return Asked(self._action, arn, context, asker)

    def _decide(self, exchange: Exchange) -> tuple[Decision, str]:
        arn = self._name_method(exchange)
        if len(arn.encode("utf-8", "surrogateescape")) > LONGEST:
            raise GatewayError(REQUEST_URI_TOO_LONG)
        decision = self._policy.decide(self._ask(exchange, arn, asker_of(exchange)))
        if exchange.trace is not None:
            exchange.trace.note(
                "resource_policy",
                effect=decision.effect.value,
                number=decision.number,
                statement=decision.statement,
                arn=arn,
            )
        return decision, arn


def compile_resource_policy(guarded: Guarded) -> tuple[tuple[Step, ...], Settle | None, tuple[Step, ...]]:
    """What comes before the authorizer, how its verdict is settled, and what comes behind it."""
    kind = guarded.method.get("authorizationType", "NONE")
    if not guarded.policy and kind != "AWS_IAM":
        return (), None, ()
    policy = ResourcePolicy(guarded)
    if kind == "CUSTOM":
        return (policy.refuse_denied,), policy.settle, ()
    if kind == "AWS_IAM":
        return (), policy.settle, ()
    return (), None, (policy.require,)


def denial(exchange: Exchange, arn: str, *, is_explicit: bool, action: str = ACTION) -> GatewayError:
    """In AWS's words."""
    iam = None if exchange.caller is None else exchange.caller.iam
    user = "anonymous" if iam is None else iam.user_arn
    message = f"User: {user} is not authorized to perform: {action} on resource: {mask_account(arn)}"
    if is_explicit:
        message += EXPLICIT
    # A path may hold what is no text.
    return GatewayError(POLICY_DENIED, message=message.encode("utf-8", "replace").decode())


def mask_account(arn: str) -> str:
    """But for its last four digits."""
    before, _, rest = arn.partition(":execute-api:")
    region, account, resource = rest.split(":", 2)
    return f"{before}:execute-api:{region}:{'*' * len(account[:-4])}{account[-4:]}:{resource}"


@lru_cache(maxsize=64)
def _compile(policy: str) -> Policy:
    """Once for all methods of an API."""
    return compile_policy(policy, knows=is_known)
