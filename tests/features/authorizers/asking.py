"""A port to functions that a test answers for, and exchanges that run into an authorizer."""

from collections.abc import Callable
from typing import Any

import orjson
from msgspec import Struct

from limen.features.authorizers.compile import compile_method_authorization, compile_route_authorization
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway import rest_errors
from limen.gateway.errors import INTERNAL
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import answer_failure
from limen.gateway.ports import AskFunction, AuthorizerUse, FunctionReply
from limen.gateway.rest_failures import answer_rest_failure
from limen.gateway.route_plan import RoutePlan
from limen.gateway.run import run
from limen.gateway.stage_plan import StagePlan
from limen.gateway.trace import Trace
from limen.wire import Header, Headers, header
from tests.integrations.proxying import stage_plan
from tests.support.exchanges import exchange as make_exchange

FUNCTIONS = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function"
)
URI = f"{FUNCTIONS}:f/invocations"
BASE = "arn:aws:execute-api:us-east-1:000000000000:api1/prod"
TOKEN = {"type": "TOKEN", "identitySource": "method.request.header.Authorization"}
REQUEST = {"type": "REQUEST", "identitySource": "method.request.header.X-User,method.request.querystring.q"}
HTTP = {"authorizerType": "REQUEST", "authorizerPayloadFormatVersion": "2.0"}


def policy(effect: str = "Allow", resource: Any = f"{BASE}/*", **members: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return {"principalId": "ana", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, **members}


class Asked(Struct, frozen=True):
    exchange: Exchange
    arn: str
    identity: list[str]
    hear: Callable[[FunctionReply], None]


class Functions:
    """Answers at once with `output` where there is one, else when the test says so."""

    def __init__(self, output: Any = None) -> None:
        self.output = output
        self.calls: list[Asked] = []
        self.uses: list[AuthorizerUse] = []

    def compile(self, use: AuthorizerUse) -> AskFunction:
        self.uses.append(use)

        def ask(exchange: Exchange, arn: str, identity: list[str], hear: Callable[[FunctionReply], None]) -> None:
            self.calls.append(Asked(exchange, arn, identity, hear))
            if self.output is not None:
                hear(self.output if isinstance(self.output, FunctionReply) else returned(self.output))

        return ask


def returned(output: Any) -> FunctionReply:
    payload = output if isinstance(output, bytes) else orjson.dumps(output)
    return FunctionReply(payload=payload, status=200, request_id="r-1", latency=0.012)


def failed(message: str) -> FunctionReply:
    payload = orjson.dumps({"errorMessage": message, "errorType": "Exception"})
    return FunctionReply(payload=payload, is_error=True, status=200, request_id="r-1", latency=0.012)


class Guard:
    """One method or route behind an authorizer, whose backend answers 200."""

    def __init__(
        self,
        authorizer: dict[str, Any],
        output: Any = None,
        *,
        tools: AuthorizerTools | None = None,
        functions: Functions | None = None,
        key: str = "GET /pets",
        stage: str = "prod",
        variables: dict[str, str] | None = None,
    ) -> None:
        self.functions = functions or Functions(output)
        self.tools = tools or AuthorizerTools(self.functions)
        self.tools.functions = self.functions
        self.is_rest = "type" in authorizer
        ids = {"id": "au1"} if self.is_rest else {"authorizerId": "au1"}
        self.stage: StagePlan = stage_plan(stage)
        guarded = Guarded(
            method={"authorizationType": "CUSTOM", "authorizerId": "au1", "routeKey": key},
            authorizer={**ids, "name": "mine", "authorizerUri": URI, **authorizer},
            where="method 'GET /pets'",
            account="000000000000",
            region="us-east-1",
            api_id="api1",
            stage_name=stage,
            variables=variables or {},
            resource_path="/pets",
        )
        compile_steps = compile_method_authorization if self.is_rest else compile_route_authorization
        self.plan = RoutePlan(
            key,
            (*compile_steps(guarded, self.tools), _answer),
            (),
            (),
            answer_rest_failure if self.is_rest else answer_failure,
            bug=rest_errors.INTERNAL if self.is_rest else INTERNAL,
            resource_path="/pets",
        )

    @property
    def calls(self) -> list[Asked]:
        return self.functions.calls

    def send(
        self, request: str = "GET /pets", headers: list[tuple[str, str]] | dict[str, str] | None = None, **more: Any
    ) -> Exchange:
        is_traced = more.pop("traced", False)
        made = make_exchange(request, None, **more)
        pairs = headers.items() if isinstance(headers, dict) else headers or ()
        fields: list[Header] = [header(name.encode(), value.encode()) for name, value in pairs]
        made.headers = Headers((*made.headers, *fields))
        made.stage, made.route_path, made.path_parameters = self.stage, made.path, {}
        made.trace = Trace() if is_traced else None
        run(made, self.plan)
        return made


def _answer(exchange: Exchange) -> None:
    exchange.response = Response(200, [], b"served")
