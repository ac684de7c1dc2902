"""What a client is answered that a domain name with mutual TLS does not let in."""

from limen.gateway.errors import Failure, GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import Step


def compile_untrusted(failure: Failure) -> Step:
    """A step that ends each exchange; the client is not told why, logs are."""

    def refuse(exchange: Exchange) -> None:
        problem = "" if exchange.domain is None else exchange.domain.problem
        raise GatewayError(failure, f"mutual TLS: {problem}")

    return refuse
