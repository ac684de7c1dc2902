"""What `limen keys`, `limen usage` and `limen clock` ask of the admin port."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError, bad_request, service_unavailable
from limen.control.access.questions import Endpoint, Questions
from limen.control.call import Call
from limen.control.documents import answer
from limen.control.surroundings import Surroundings
from limen.control.usage_plans import reports
from limen.control.usage_plans.documents import KEY, PLAN
from limen.control.usage_plans.patience import patiently
from limen.control.usage_plans.reports import Asked
from limen.control.usage_plans.rotation import rotate_key
from limen.control.usage_plans.usage import day_of, days_from, hours_of
from limen.control.v1.api_key_values import value_of
from limen.plan.channel import MoveClock
from limen.state.interface import State, StateAwayError
from limen.state.messages import UsageQuestion

MOST_REQUEST_BYTES = 4096
LONGEST_SPAN = 400
"""Days that are told of at once."""
LONGEST_GRACE = 366 * 86400.0


class Rotation(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    grace_seconds: float = 0.0


class Advance(Struct, frozen=True, forbid_unknown_fields=True):
    seconds: float


class UsagePlanRequests:
    """`clock_moved`: called when the clock was moved."""

    def __init__(self, our: Surroundings, *, may_move_clock: bool, clock_moved: Callable[[], None]) -> None:
        self._our = our
        self._may_move_clock = may_move_clock
        self._clock_moved = clock_moved

    def routes(self, questions: Questions) -> list[Route]:
        def ask(path: str, action: str, endpoint: Endpoint, method: str = "GET", most: int = 0) -> Route:
            async def told(request: Request, body: bytes) -> Response:
                try:
                    return await endpoint(request, body)
                except msgspec.MsgspecError as error:
                    raise bad_request(f"The request is not understood: {error}") from None
                except StateAwayError as error:
                    raise service_unavailable(f"The counters of usage cannot be reached: {error}") from None

            return questions.route(path, action, told, methods=(method,), most=most)

        return [
            ask("/_limen/keys", "ListApiKeys", self._list_keys),
            ask("/_limen/keys/{key_id}/rotation", "RotateApiKey", self._rotate, "POST", MOST_REQUEST_BYTES),
            ask("/_limen/usage", "ShowUsage", self._show),
            ask("/_limen/usage/rows", "ExportUsage", self._export),
            ask("/_limen/usage/verification", "VerifyUsage", self._verify),
            ask("/_limen/clock", "GetClock", self._get_clock),
            ask("/_limen/clock", "MoveClock", self._move_clock, "POST", MOST_REQUEST_BYTES),
            ask("/_limen/clock", "MoveClock", self._reset_clock, "DELETE"),
        ]

    @property
    def _state(self) -> State:
        return self._our.state

    # --- keys

    async def _list_keys(self, request: Request, _: bytes) -> Response:
        """All of a region, with the plans that each is in; with their values where they are asked for."""
        with_values = request.query_params.get("values") == "true"

        def read() -> list[dict[str, Any]]:
            with self._our.store.reader() as reader:
                call = self._call(reader, _region(request))
                plans = {plan_id: plan["name"] for plan_id, plan in reader.list(PLAN, call.scope)}
                return [_shown(call, key, plans, with_values) for _, key in reader.list(KEY, call.scope)]

        return JSONResponse(await self._our.in_operations(read))

    async def _rotate(self, request: Request, body: bytes) -> Response:
        asked = msgspec.json.decode(body or b"{}", type=Rotation)
        if not 0 <= asked.grace_seconds <= LONGEST_GRACE:
            raise bad_request("The time for which the old key goes on must be from 0 seconds to a year")

        def rotate() -> dict[str, Any]:
            with self._our.store.transaction() as documents:
                call = self._call(documents, _region(request))
                return rotate_key(call, request.path_params["key_id"], asked.grace_seconds)

        rotated = await self._our.in_operations(rotate)
        await self._our.wait_applied()
        return JSONResponse(rotated)

    def _call(self, documents: Any, region: str) -> Call:
        control = self._our.control
        aws = AwsCall("apigateway", "CreateApiKey", {}, control.account, region, "", str(uuid4()))
        return Call(aws, documents, control, control.clock.text())

    # --- usage

    async def _show(self, request: Request, _: bytes) -> Response:
        asked = await self._asked(request)
        found = await patiently(lambda: reports.read_used(self._our.store, self._state, asked))
        return JSONResponse([row for used in found for row in reports.rows_by_day(used, asked)])

    async def _export(self, request: Request, _: bytes) -> Response:
        by = request.query_params.get("by", "day")
        if by not in ("day", "hour"):
            raise bad_request("`by` must be day or hour")
        asked = await self._asked(request)
        found = await patiently(lambda: reports.read_used(self._our.store, self._state, asked))
        rows = [row for used in found for row in reports.rows_by_method(used, asked, by_hour=by == "hour")]
        return JSONResponse(rows)

    async def _verify(self, request: Request, _: bytes) -> Response:
        asked = await self._asked(request)
        with self._our.store.reader() as reader:
            plan_ids = [plan["id"] for _, plan in reports.find_plans(reader, Asked(asked.first, asked.last))]
        hours = hours_of(days_from(asked.first, asked.last), None)
        verified = await patiently(lambda: reports.verify_usage(self._state, plan_ids, hours))
        body = {"start": str(asked.first), "end": str(asked.last), **msgspec.to_builtins(verified)}
        return JSONResponse(body)

    async def _asked(self, request: Request) -> Asked:
        """Days in UTC; the last one is today unless it is named, and so is the first."""
        query = request.query_params
        today = day_of(await self._now())
        last = _read_day(query.get("end"), today)
        first = _read_day(query.get("start"), last)
        if not timedelta(0) <= last - first < timedelta(days=LONGEST_SPAN):
            raise bad_request(f"From start to end there must be 1 to {LONGEST_SPAN} days")
        return Asked(first, last, query.get("plan"), query.get("key"), query.get("region"))

    async def _now(self) -> float:
        """By the clock that counts."""
        return (await patiently(lambda: self._state.usage(UsageQuestion("", [], 0, 0)))).now

    # --- the clock

    async def _get_clock(self, request: Request, _: bytes) -> Response:
        now = await self._now()
        return JSONResponse({"now": round(now, 3), "ahead": round(now - time.time(), 3)})

    async def _move_clock(self, request: Request, body: bytes) -> Response:
        """Ahead only: what was admitted cannot be undone."""
        self._check_clock()
        asked = msgspec.json.decode(body, type=Advance)
        if not 0 < asked.seconds <= LONGEST_GRACE:
            raise bad_request("The clock can be moved ahead by up to a year at once, and not back")
        await self._state.move_clock(asked.seconds)
        return await self._tell_clock()

    async def _reset_clock(self, request: Request, _: bytes) -> Response:
        self._check_clock()
        await self._state.reset_clock()
        return await self._tell_clock()

    def _check_clock(self) -> None:
        if not self._may_move_clock:
            raise AwsError("AccessDeniedException", "The clock of this server stays: see limen serve --dev-clock", 403)

    async def _tell_clock(self) -> Response:
        """All that go by it are told."""
        now = await self._now()
        ahead = round(now - time.time(), 3)
        self._our.control.clock.ahead = ahead
        self._our.publisher.move_clock(MoveClock(ahead))
        self._clock_moved()
        return JSONResponse({"now": round(now, 3), "ahead": ahead})


def _shown(call: Call, key: dict[str, Any], plans: dict[str, str], with_values: bool) -> dict[str, Any]:
    in_plans = [{"id": plan_id, "name": plans[plan_id]} for plan_id in key["_plans"] if plan_id in plans]
    shown = answer(key) | {"plans": in_plans, "expires": key.get("_expires")}
    return shown | ({"value": value_of(call, key)} if with_values else {})


def _region(request: Request) -> str:
    return request.query_params.get("region", "us-east-1")


def _read_day(text: str | None, otherwise: date) -> date:
    if text is None:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_request(f"{text} is not a day of the form YYYY-MM-DD") from None
