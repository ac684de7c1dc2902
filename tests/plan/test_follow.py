"""What a worker serves while its configuration changes."""

import asyncio
import itertools

import pytest

from limen.features.access_logs.writer import AccessLogs
from limen.gateway.errors import PlanError
from limen.plan import http as http_module
from limen.plan.follow import SLICE
from limen.plan.freeze import full_updates, updates_since
from limen.plan.snapshot import StageUpdate
from limen.store.store import Store
from tests.plan.stored import ARN, Stored, Worker

pytestmark = pytest.mark.usefixtures("tells")

NOT_THERE = '404 {"message":"Not Found"}'
BROKEN = '500 {"message":"Internal Server Error"}'


class Following:
    """A worker that is told what happens in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.worker = Worker()
        self.revision: int | None = None

    def catch_up(self) -> list[StageUpdate]:
        with self.store.reader() as reader:
            updates = (
                list(full_updates(reader))
                if self.revision is None
                else updates_since(reader, self.revision, reader.revision)
            )
            self.revision = reader.revision
        asyncio.run(self.worker.apply(updates))
        return updates

    def ask(self, request_line: str, **headers: str) -> str:
        return self.worker.ask(request_line, **headers)


@pytest.fixture
def following(store: Store, api: Stored) -> Following:
    api.integration("i1", "https://one.test")
    api.route("r1", "GET /a")
    api.route("r2", "GET /b/{id}")
    api.deploy()
    made = Following(store)
    made.catch_up()
    return made


def test_what_was_deployed_is_served(following: Following) -> None:
    assert following.ask("GET /a") == "200 https://one.test"
    assert following.ask("GET /b/7") == "200 https://one.test {'id': '7'}"
    assert following.ask("GET /c") == NOT_THERE


def test_routes_come_change_and_go(following: Following, api: Stored) -> None:
    api.route("r3", "GET /c")
    api.route("r1", "GET /aa")
    api.delete("Route", "r2")
    api.deploy()
    following.catch_up()
    assert following.ask("GET /c") == "200 https://one.test"
    assert following.ask("GET /a") == NOT_THERE
    assert following.ask("GET /aa") == "200 https://one.test"
    assert following.ask("GET /b/7") == NOT_THERE


def test_two_routes_can_change_places(following: Following, api: Stored) -> None:
    api.integration("i2", "https://two.test")
    api.route("r1", "GET /b/{id}", "i2")
    api.route("r2", "GET /a")
    api.deploy()
    following.catch_up()
    assert following.ask("GET /a") == "200 https://one.test"
    assert following.ask("GET /b/7") == "200 https://two.test {'id': '7'}"


def test_a_changed_integration_reaches_the_routes_that_use_it(
    following: Following, api: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.integration("i2", "https://two.test")
    api.route("r2", "GET /b/{id}", "i2")
    api.deploy()
    following.catch_up()
    compiled: list[str] = []
    real = http_module.compile_route
    monkeypatch.setattr(
        http_module, "compile_route", lambda route, *rest: compiled.append(route["routeId"]) or real(route, *rest)
    )
    api.integration("i2", "https://three.test")
    api.deploy()
    following.catch_up()
    assert following.ask("GET /b/7") == "200 https://three.test {'id': '7'}"
    assert compiled == ["r2"]


def test_a_full_update_compiles_only_what_differs(
    following: Following, api: Stored, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    real = http_module.compile_route
    monkeypatch.setattr(
        http_module, "compile_route", lambda route, *rest: compiled.append(route["routeId"]) or real(route, *rest)
    )
    api.route("r2", "GET /bb")
    api.deploy()
    following.revision = None
    following.catch_up()
    assert compiled == ["r2"]
    assert following.ask("GET /bb") == "200 https://one.test"
    assert following.ask("GET /b/7") == NOT_THERE


def test_stage_variables_are_live(following: Following, api: Stored) -> None:
    api.point("$default", "d1", stageVariables={"x": "1"})
    following.catch_up()
    assert following.ask("GET /a") == "200 https://one.test {'x': '1'}"


def test_a_deployment_that_does_not_compile_leaves_the_last_good_one(
    following: Following, api: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = http_module.compile_route

    def refuse(route: dict[str, str], *rest: object) -> object:
        if route["routeKey"] == "GET /bad":
            raise PlanError("no such thing")
        return real(route, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(http_module, "compile_route", refuse)
    api.route("r1", "GET /bad")
    api.route("r3", "GET /c")
    api.deploy()
    with pytest.raises(PlanError, match="route GET /bad: no such thing"):
        following.catch_up()
    assert following.ask("GET /a") == "200 https://one.test"
    assert following.ask("GET /c") == NOT_THERE
    api.route("r1", "GET /good")
    api.deploy()
    following.catch_up()
    assert following.ask("GET /a") == NOT_THERE
    assert following.ask("GET /good") == "200 https://one.test"
    assert following.ask("GET /c") == "200 https://one.test"


def test_a_route_that_never_compiled_answers_500_beside_those_that_do(
    store: Store, api: Stored, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = http_module.compile_route

    def refuse(route: dict[str, str], *rest: object) -> object:
        if route["routeKey"] == "GET /bad":
            raise RuntimeError("a bug")
        return real(route, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(http_module, "compile_route", refuse)
    api.integration("i1", "https://one.test")
    api.route("r1", "GET /a")
    api.route("r2", "GET /bad")
    api.deploy()
    following = Following(store)
    with pytest.raises(PlanError, match="route GET /bad: a bug"):
        following.catch_up()
    assert following.ask("GET /a") == "200 https://one.test"
    assert following.ask("GET /bad") == BROKEN
    assert "GET /bad" in caplog.text


def test_an_access_log_that_cannot_be_built_keeps_the_last_good_plan(following: Following, api: Stored) -> None:
    bad = {"destinationArn": ARN + "/../../x", "format": "$context.requestId"}
    api.point("$default", "d1", accessLogSettings=bad, stageVariables={"x": "1"})
    with pytest.raises(PlanError, match="accessLogSettings"):
        following.catch_up()
    assert following.ask("GET /a") == "200 https://one.test"
    anew = Following(following.store)
    with pytest.raises(PlanError, match="accessLogSettings"):
        anew.catch_up()
    assert anew.ask("GET /a") == "200 https://one.test {'x': '1'}"


def test_a_stage_that_is_gone_is_served_no_more(following: Following, api: Stored) -> None:
    api.delete("Stage", "$default")
    following.catch_up()
    assert following.ask("GET /a").startswith("403")


def test_stages_that_a_new_control_process_does_not_know_are_forgotten(following: Following, api: Stored) -> None:
    api.deploy("dev")
    following.catch_up()
    following.worker.follower.forget_all_but({("api1", "dev", False)})
    assert following.ask("GET /a") == NOT_THERE
    assert following.ask("GET /dev/a") == "200 https://one.test"


def test_a_difference_to_something_unknown_is_refused(following: Following) -> None:
    update = StageUpdate(api_id="x", stage_name="dev", revision=3, api={"apiId": "x"}, stage={"stageName": "dev"})
    with pytest.raises(PlanError, match="never been told"):
        asyncio.run(following.worker.apply([update]))


def test_requests_are_served_between_slices_and_never_see_half_a_change(
    following: Following, api: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    with api.store.transaction() as tx:
        for number in range(200):
            document = {"routeId": f"n{number}", "routeKey": f"GET /n{number}", "target": "integrations/i1"}
            tx.put("Route", "api1", f"n{number}", document)
    api.deploy()
    steps = itertools.count()
    # Each step takes a quarter of a slice.
    monkeypatch.setattr("limen.plan.follow.time.perf_counter", lambda: next(steps) * SLICE / 4)

    async def ask_meanwhile() -> tuple[int, set[tuple[str, str]]]:
        with api.store.reader() as reader:
            (update,) = updates_since(reader, following.revision or 0, reader.revision)
        applying = asyncio.create_task(following.worker.apply([update]))
        turns, seen = 0, set()
        while not applying.done():
            await asyncio.sleep(0)
            turns += 1
            seen.add((following.ask("GET /n0"), following.ask("GET /n199")))
        await applying
        return turns, seen

    turns, seen = asyncio.run(ask_meanwhile())
    assert turns > 50
    assert seen == {(NOT_THERE, NOT_THERE), ("200 https://one.test", "200 https://one.test")}


def test_lines_go_on_when_a_plan_is_replaced(following: Following, api: Stored, tmp_path: object) -> None:
    following.worker.state.access_logs = AccessLogs(tmp_path)  # type: ignore[arg-type]
    log = {"destinationArn": ARN, "format": "$context.routeKey $context.status"}
    api.point("$default", "d1", accessLogSettings=log)
    following.catch_up()
    following.ask("GET /a")
    following.ask("GET /none")
    api.route("r1", "GET /c")
    api.deploy()
    following.catch_up()
    following.ask("GET /c")
    following.worker.state.access_logs.close()
    assert (tmp_path / "orders.log").read_text() == "GET /a 200\n- 404\nGET /c 200\n"  # type: ignore[operator]
    counted = {row[2]: row[3] for row in following.worker.state.metrics.snapshot()["rows"]}
    assert counted == {"GET /a": 1, "": 1, "GET /c": 1}
