"""AWS_IAM authorization: whoever signed a request may pass where policies allow it.

Guides: "Control access to a REST API with IAM permissions", "Control access to HTTP APIs with IAM authorization".
"""

from limen.aws.policies.asked import Effect
from limen.features.authorizers.condition_keys import caller_values
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.iam_known import find_known
from limen.features.authorizers.iam_long import find_signer
from limen.features.authorizers.iam_policies import ACTION, Weighed
from limen.features.authorizers.iam_signers import KnownSigner
from limen.features.authorizers.resource_policy import mask_account
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.errors import FORBIDDEN, GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.method_arn import LONGEST, compile_method_arn
from limen.gateway.rest_errors import POLICY_DENIED, REQUEST_URI_TOO_LONG
from limen.gateway.route_plan import Step
from limen.wire import Headers


def compile_iam_of_method(guarded: Guarded, tools: AuthorizerTools) -> Step:
    """Of methods of REST APIs, together with the resource policy of the API where it has one."""
    return IamAuthorizer(guarded, tools, is_rest=True).authorize


def compile_iam_of_route(guarded: Guarded, tools: AuthorizerTools) -> Step:
    """Of routes of HTTP APIs, which tell a client no more than that it may not."""
    return IamAuthorizer(guarded, tools, is_rest=False).authorize


class IamAuthorizer:
    """Of one route or method; `authorize` is its step."""

    __slots__ = ("_account", "_has_policy", "_heads", "_is_rest", "_name_method", "_region", "_settle", "_signers")

    def __init__(self, guarded: Guarded, tools: AuthorizerTools, *, is_rest: bool) -> None:
        self._signers = tools.signers
        self._heads = tools.signers.heads(guarded.region)
        self._region = guarded.region
        self._account = guarded.account
        self._is_rest = is_rest
        self._settle = guarded.settle
        self._has_policy = bool(guarded.policy)
        self._name_method = compile_method_arn(
            guarded.region, guarded.account, guarded.api_id, guarded.stage_name, is_rest=is_rest
        )

    def authorize(self, exchange: Exchange) -> None:
        try:
            known = find_known(exchange, self._heads, self._is_rest)
            if known is None:
                known = find_signer(exchange, self._signers, self._region, is_rest=self._is_rest)
            exchange.caller = known.caller
            if exchange.trace is not None:
                self._note_signer(exchange, known)
            self._weigh(exchange, known)
        except GatewayError as error:
            exchange.authorizer_status = error.failure.status
            exchange.authorizer_error = error.reason or error.message
            if exchange.trace is not None:
                exchange.trace.note("iam", outcome="refused", reason=error.reason or error.message)
            if self._is_rest:
                raise
            raise GatewayError(FORBIDDEN, error.reason or error.message or "") from None
        exchange.authorizer_status = 200
        _hide_signature(exchange)

    def _weigh(self, exchange: Exchange, known: KnownSigner) -> None:
        """Raises GatewayError where the signer may not."""
        arn = self._name_method(exchange)
        if len(arn) > LONGEST // 4 and len(arn.encode("utf-8", "surrogateescape")) > LONGEST:
            raise GatewayError(REQUEST_URI_TOO_LONG)
        weighed = known.policies.weigh(arn, lambda: caller_values(exchange))
        if exchange.trace is not None:
            exchange.trace.note(
                "identity_policies",
                effect=weighed.effect.value,
                policies=weighed.kind,
                statement=weighed.statement,
                arn=arn,
            )
        if self._combine(exchange, known, weighed) is not Effect.ALLOW:
            raise _denial(known, arn, weighed)

    def _combine(self, exchange: Exchange, known: KnownSigner, weighed: Weighed) -> Effect:
        """What comes of it with the resource policy; raises GatewayError where that denies."""
        if self._settle is None or (not self._has_policy and known.principal.account == self._account):
            return weighed.effect
        settled = self._settle(exchange, weighed.effect)
        return Effect.NEITHER if weighed.is_limit else settled

    def _note_signer(self, exchange: Exchange, known: KnownSigner) -> None:
        assert exchange.trace is not None
        principal = known.principal
        exchange.trace.note("iam", outcome="signed", access_key=principal.access_key_id, principal=principal.arn)


def _hide_signature(exchange: Exchange) -> None:
    """A signature is no business of backends (guide: "HTTP proxy integrations", table of headers)."""
    exchange.headers = Headers([each for each in exchange.headers if each[0] != b"authorization"])
    exchange.view = None


def _denial(known: KnownSigner, arn: str, weighed: Weighed) -> GatewayError:
    """In AWS's words."""
    arn = mask_account(arn).encode("utf-8", "replace").decode()  # a path may hold what is no text
    message = f"User: {known.principal.arn} is not authorized to perform: {ACTION} on resource: {arn}{weighed.suffix}"
    return GatewayError(POLICY_DENIED, message, message=message)
