"""Who may have a kept response replaced, where a method asks for that: a caller of the API's own account that signed
its request, and whose policies allow `execute-api:InvalidateCache` (developer guide, "Invalidate an API Gateway cache
entry").
"""

from collections.abc import Callable
from typing import TypeAlias

from limen.aws.policies.asked import Effect
from limen.features.authorizers.condition_keys import caller_values
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.iam_policies import INVALIDATE_CACHE, SignerPolicies
from limen.features.authorizers.resource_policy import ResourcePolicy, denial, mask_account
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.method_arn import compile_method_arn
from limen.gateway.rest_errors import POLICY_DENIED

FindRefusal: TypeAlias = Callable[[Exchange], GatewayError | None]
"""Why the caller may not, in AWS's words; None where it may."""


def compile_permission(guarded: Guarded) -> FindRefusal:
    policy = ResourcePolicy(guarded, INVALIDATE_CACHE) if guarded.policy else None
    name_method = compile_method_arn(guarded.region, guarded.account, guarded.api_id, guarded.stage_name, is_rest=True)

    def find_refusal(exchange: Exchange) -> GatewayError | None:
        arn = name_method(exchange)
        iam = None if exchange.caller is None else exchange.caller.iam
        if iam is None or iam.principal is None or iam.account != guarded.account:
            return denial(exchange, arn, is_explicit=False, action=INVALIDATE_CACHE)
        weighed = SignerPolicies(iam.principal).weigh_action(INVALIDATE_CACHE, arn, lambda: caller_values(exchange))
        effect = weighed.effect
        if policy is not None and not weighed.is_limit:
            try:
                effect = policy.settle(exchange, effect)
            except GatewayError as error:
                return error
        if effect is Effect.ALLOW:
            return None
        shown = mask_account(arn).encode("utf-8", "replace").decode()  # a path may hold what is no text
        message = (
            f"User: {iam.user_arn} is not authorized to perform: {INVALIDATE_CACHE} on resource: "
            f"{shown}{weighed.suffix}"
        )
        return GatewayError(POLICY_DENIED, message, message=message)

    return find_refusal
