"""How a worker runs a test invocation: the plan that a deployment would have, a request, the lines of its log.

Nothing is counted, logged or kept, and nobody is asked who calls (aws: TestInvokeMethod, observed).
"""

import asyncio
import time
from collections.abc import Mapping
from copy import copy
from urllib.parse import quote

from msgspec import structs

from limen.features.access_logs.writer import AccessLogs
from limen.features.execution_logs.lines import Line, method_headers, render_lines
from limen.features.explain.watch import Watches
from limen.features.metrics.counting import Metrics
from limen.features.traces import begin_trace, end_trace, headers_of
from limen.gateway.body_stream import BodyStream
from limen.gateway.caller import Caller, IamIdentity
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Client, Exchange
from limen.gateway.failures import compile_refusal
from limen.gateway.key_use import ApiKeyUse
from limen.gateway.paths import PathError
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.gateway.rest_failures import request_uuid
from limen.gateway.route_plan import RoutePlan
from limen.gateway.run import run
from limen.plan.rest import RestAssembly, RestShared, compile_method
from limen.plan.snapshot import Document
from limen.plan.state import WorkerState
from limen.plan.trial import AnyTrial, Trial, TrialResult
from limen.wire import Headers, header

TIMEOUT = 35.0
"""Seconds after which a test invocation answers what there is (developer guide, response streaming)."""
MOST_STREAMED = 1024 * 1024
"""Bytes that are shown of a streamed response (as above)."""

CLIENT = Client("test-invoke-source-ip", 0, 0)
HOST = b"testPrefix.testDomainName"
KEY, KEY_ID = "test-invoke-api-key", "test-invoke-api-key-id"
"""What a tested method sees of its caller and its host (observed)."""

_UNSAFE_LEFT = "/%:@!$&'()*+,;=-._~{}?"


async def run_trial(trial: Trial, state: WorkerState) -> TrialResult:
    """Raises PlanError where the API itself cannot be served; a method that cannot is a result of its own."""
    frozen = FrozenTrial(trial.api.put)
    assembly = RestAssembly()
    own = copy(state)
    own.metrics, own.watches, own.access_logs = Metrics(), Watches(), AccessLogs(None)
    shared = assembly.compile_shared(assembly.read_settings(trial.api, frozen), trial.api, own)
    method = frozen.all("Method")[trial.method_key]
    key = assembly.key_of(method, frozen)
    plan = _compile(method, frozen, shared, own)
    edit = assembly.make_paths().edit()
    edit.put(key, plan)
    answered = asyncio.get_running_loop().create_future()
    reply = Reply(answered)
    exchange = make_exchange(trial, key.partition(" ")[2], reply)
    exchange.caller = _caller(trial)
    exchange.key_use = ApiKeyUse(KEY_ID, "")
    exchange.stage = shared.assemble(own, edit.done())
    exchange.plan = plan
    try:
        found = exchange.stage.paths.match(trial.verb.encode(), exchange.route_path)
    except PathError:
        found = None
    exchange.path_parameters = {} if found is None else found[1]
    began = time.monotonic()
    begin_trace(exchange)
    # The trace has what was given, but "the test invocation of a method uses the default content type of
    # application/json and ignores specifications of any other content types" (guide, "Important notes").
    exchange.headers = Headers(each for each in exchange.headers if each[0] != b"content-type")
    run(exchange, plan)
    await asyncio.wait({answered}, timeout=TIMEOUT)
    reply.close()
    return _result(exchange, bytes(reply.streamed), int((time.monotonic() - began) * 1000))


def _compile(method: Document, frozen: "FrozenTrial", shared: RestShared, state: WorkerState) -> RoutePlan:
    """With nothing in it that is the business of a deployed stage alone."""
    try:
        plan = compile_method(method, frozen, shared, state, is_test=True)
    except PlanError as error:
        refusal = compile_refusal(API_CONFIGURATION_ERROR, str(error))
        plan = RoutePlan(key="", inbound=(refusal,), outbound=(), records=(), failure_response=shared.failure_response)
    return structs.replace(plan, outbound=(), records=(), find_api_key=lambda _: KEY)


def _caller(trial: Trial) -> Caller | None:
    """No principal: nothing is called as whoever tests."""
    who = trial.caller
    if who is None:
        return None
    iam = IamIdentity(who.access_key, who.account, who.user_id, who.arn)
    return Caller("iam", iam=iam)


def make_exchange(trial: AnyTrial, resource_path: str, reply: "Reply", verb: str = "GET") -> Exchange:
    """`verb` where the trial has none."""
    target = resource_path if not trial.target else trial.target
    if not target.startswith("/"):
        target = f"/{target}"
    exchange = Exchange(
        (trial.verb if isinstance(trial, Trial) else verb).encode(),
        quote(target, safe=_UNSAFE_LEFT).encode(),
        Headers(header(name.encode("latin-1", "replace"), value.encode()) for name, value in trial.headers),
        trial.body,
        host=HOST,
        protocol="HTTP/1.1",
        client=CLIENT,
        reply=reply,
        started=time.monotonic(),
    )
    exchange.route_path = exchange.path
    return exchange


class Reply:
    """Where a test's response ends; of a streamed one it is the sink, and keeps the beginning."""

    def __init__(self, answered: "asyncio.Future[None]") -> None:
        self._answered = answered
        self._stream: BodyStream | None = None
        self.streamed = bytearray()

    def send(self, exchange: Exchange) -> None:
        response = exchange.response
        exchange.response_length = len(response.body) if response is not None else 0
        if response is None or response.stream is None:
            self.end()
        else:
            self._stream = response.stream
            self._stream.attach(self)

    def write(self, piece: bytes) -> bool:
        self.streamed += piece[: MOST_STREAMED - len(self.streamed)]
        if len(self.streamed) < MOST_STREAMED:
            return True
        self.end()
        return False

    def end(self) -> None:
        if not self._answered.done():
            self._answered.set_result(None)

    def fail(self) -> None:
        self.end()

    def close(self) -> None:
        """What has not come by now is not waited for."""
        if self._stream is not None:
            self._stream.close()


class FrozenTrial:
    """The documents of a trial, as a plan is compiled with them."""

    def __init__(self, put: dict[str, dict[str, Document]]) -> None:
        self._put = put

    def find(self, noun: str, key: str) -> Document | None:
        return self.all(noun).get(key)

    def all(self, noun: str) -> Mapping[str, Document]:
        return self._put.get(noun, {})


def _result(exchange: Exchange, streamed: bytes, latency_ms: int) -> TrialResult:
    trace = end_trace(exchange)
    request_id = request_uuid(exchange)
    lines = [f"Execution log for request {request_id}\n"]
    lines += [with_time(line, trace.began_at) for line in render_lines(trace, request_id)]
    response = exchange.response
    if response is None:
        return TrialResult(status=0, headers=[], body=b"", log="".join(lines), latency_ms=latency_ms)
    headers = method_headers(headers_of(response.headers))
    if exchange.failure is not None and headers.get("Content-Type") == ["application/json"]:
        del headers["Content-Type"]  # a failure shows its type alone (observed)
    return TrialResult(
        status=response.status,
        headers=[(name, value) for name, values in headers.items() for value in values],
        body=bytes(response.body) or streamed,
        log="".join(lines),
        latency_ms=latency_ms,
    )


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def with_time(line: Line, began_at: float) -> str:
    """English whatever the locale."""
    at = time.gmtime(began_at + line.seconds)
    clock = f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"
    return f"{_DAYS[at.tm_wday]} {_MONTHS[at.tm_mon]} {at.tm_mday:02} {clock} UTC {at.tm_year} : {line.text}\n"
