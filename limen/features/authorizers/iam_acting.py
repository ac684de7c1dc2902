"""Backends that are called as whoever signed a request: with their key, by their own policies.

Guide, "Integration.credentials": `arn:aws:iam::*:user/*` passes the caller's identity through from the request.
"""

from limen.aws.credentials import AccessKey
from limen.aws.policies.asked import Context, Effect
from limen.features.authorizers.condition_keys import caller_values
from limen.features.authorizers.iam_signers import KnownSigner, SignedCaller
from limen.gateway.exchange import Exchange

API_GATEWAY = "apigateway.amazonaws.com"
_VIA = {
    "aws:viaawsservice": "true",
    "aws:calledvia": (API_GATEWAY,),
    "aws:calledviafirst": API_GATEWAY,
    "aws:calledvialast": API_GATEWAY,
}
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html"""


class SignedCallers:
    """See ports.ActingCallers."""

    def find_key(self, exchange: Exchange) -> AccessKey | None:
        signer = _find_signer(exchange)
        return None if signer is None else signer.key

    def weigh(self, exchange: Exchange, action: str, resource: str) -> Effect:
        """What a boundary or a session does not allow, no policy of a resource gives: it counts as denied."""
        signer = _find_signer(exchange)
        if signer is None:
            return Effect.DENY
        weighed = signer.policies.weigh(resource, lambda: _values(exchange), action)
        if exchange.trace is not None:
            exchange.trace.note(
                "caller_policies",
                effect=weighed.effect.value,
                policies=weighed.kind,
                statement=weighed.statement,
                action=action,
                arn=resource,
            )
        return Effect.DENY if weighed.is_limit else weighed.effect


def _find_signer(exchange: Exchange) -> KnownSigner | None:
    caller = exchange.caller
    return caller.signer if isinstance(caller, SignedCaller) else None


def _values(exchange: Exchange) -> Context:
    return {**caller_values(exchange), **_VIA}
