"""What workers are told: everything at first, then only what lies between two deployments."""

from limen.plan.freeze import api_changes, find_first_api, find_problems, full_updates, updates_since
from limen.plan.snapshot import ApiAddress, StageUpdate
from limen.store.store import Store
from tests.plan.stored import Stored


def full(store: Store) -> list[StageUpdate]:
    with store.reader() as reader:
        return list(full_updates(reader))


def since(store: Store, revision: int) -> list[StageUpdate]:
    with store.reader() as reader:
        return updates_since(reader, revision, reader.revision)


def problems(store: Store, revision: int | None = None, since: int | None = None) -> list[str]:
    with store.reader() as reader:
        return find_problems(reader, "api1", reader.revision if revision is None else revision, since)


def test_a_worker_that_starts_is_told_what_the_deployment_froze(store: Store, api: Stored) -> None:
    api.integration("i1", "https://one.test")
    api.route("r1", "GET /a")
    api.deploy(stageVariables={"x": "1"})
    api.route("r2", "GET /later")
    api.change(corsConfiguration={"allowOrigins": ["*"]})
    (update,) = full(store)
    assert (update.api_id, update.stage_name, update.full) == ("api1", "$default", True)
    assert (update.account, update.region) == ("000000000000", "us-east-1")
    assert update.put["Route"].keys() == {"r1"}
    assert update.put["Integration"]["i1"]["integrationUri"] == "https://one.test"
    assert update.api is not None and "corsConfiguration" not in update.api
    assert update.stage is not None and update.stage["stageVariables"] == {"x": "1"}


def test_a_stage_without_a_deployment_is_not_served(store: Store, api: Stored) -> None:
    api.point("dev", None)
    assert full(store) == []


def test_only_what_differs_between_two_deployments_is_told(store: Store, api: Stored) -> None:
    api.integration("i1", "https://one.test")
    for number in range(20):
        api.route(f"r{number}", f"GET /{number}")
    api.deploy()
    served = api.revision
    api.route("r1", "GET /changed")
    api.delete("Route", "r2")
    api.route("r99", "GET /new")
    assert since(store, served) == [], "not deployed yet"
    api.deploy()
    (update,) = since(store, served)
    assert not update.full
    assert update.put["Route"].keys() == {"r1", "r99"}
    assert update.gone == {"Route": ["r2"]}
    assert "Integration" not in update.put


def test_a_stage_can_be_pointed_back(store: Store, api: Stored) -> None:
    api.integration("i1", "https://one.test")
    api.route("r1", "GET /a")
    first = api.deploy()
    api.route("r2", "GET /b")
    api.deploy()
    served = api.revision
    api.point("$default", first)
    (update,) = since(store, served)
    assert (update.put, update.gone) == ({}, {"Route": ["r2"]})


def test_live_settings_of_a_stage_come_without_documents(store: Store, api: Stored) -> None:
    api.route("r1", "GET /a")
    deployment = api.deploy()
    served = api.revision
    api.point("$default", deployment, stageVariables={"x": "2"})
    (update,) = since(store, served)
    assert (update.full, update.put, update.gone) == (False, {}, {})
    assert update.stage is not None and update.stage["stageVariables"] == {"x": "2"}


def test_a_stage_that_is_gone_is_told(store: Store, api: Stored) -> None:
    api.route("r1", "GET /a")
    api.deploy("dev")
    served = api.revision
    api.delete("Stage", "dev")
    (update,) = since(store, served)
    assert (update.stage_name, update.stage) == ("dev", None)


def test_a_stage_that_is_new_is_told_whole(store: Store, api: Stored) -> None:
    api.route("r1", "GET /a")
    api.deploy("dev")
    served = api.revision
    api.deploy("prod")
    (update,) = since(store, served)
    assert (update.stage_name, update.full) == ("prod", True)
    assert update.put["Route"].keys() == {"r1"}


def test_several_changes_are_told_as_one(store: Store, api: Stored) -> None:
    api.deploy()
    served = api.revision
    for number in range(5):
        api.route("r1", f"GET /{number}")
        api.deploy()
    (update,) = since(store, served)
    assert update.put["Route"]["r1"]["routeKey"] == "GET /4"


def test_apis_that_come_and_go_are_named_with_their_region(store: Store, api: Stored) -> None:
    with store.reader() as reader:
        assert api_changes(reader, None, reader.revision) == ({"api1": ApiAddress("us-east-1")}, [])
        served = reader.revision
    api.route("r1", "GET /a")
    Stored(store, "api2", "2026-01-02T00:00:00Z")
    with store.transaction() as tx:
        ((scope, _, _),) = [each for each in tx.all("Api") if each[1] == "api1"]
        tx.delete("Api", scope, "api1")
    with store.reader() as reader:
        assert api_changes(reader, served, reader.revision) == ({"api2": ApiAddress("us-east-1")}, ["api1"])


def test_the_first_api_is_the_oldest(store: Store) -> None:
    with store.reader() as reader:
        assert find_first_api(reader) is None
    Stored(store, "younger", "2026-01-02T00:00:00Z")
    Stored(store, "older", "2026-01-01T00:00:00Z")
    with store.reader() as reader:
        assert find_first_api(reader) == "older"


def test_what_does_not_compile_is_named(store: Store, api: Stored) -> None:
    api.integration("i1", "https://one.test/{petId}")
    api.integration("i2", "https://one.test/{missing}")
    api.route("r1", "GET /pets/{petId}")
    api.route("r2", "GET /dogs/{id}", "i2")
    (problem,) = problems(store)
    assert problem.startswith("route GET /dogs/{id}: ")
    assert "missing" in problem


def test_only_what_changed_is_looked_at(store: Store, api: Stored) -> None:
    api.integration("i1", "https://one.test/{missing}")
    api.route("r1", "GET /a")
    before = api.revision
    api.integration("i2", "https://one.test/")
    api.route("r2", "GET /b", "i2")
    assert problems(store, since=before) == []
    api.integration("i2", "https://one.test/{other}")
    (problem,) = problems(store, since=before)
    assert "other" in problem
    served = api.revision
    api.integration("i1", "https://one.test/{another}")
    (problem,) = problems(store, since=served)
    assert problem.startswith("route GET /a: ")


def test_problems_are_found_in_an_open_transaction(store: Store, api: Stored) -> None:
    before = api.revision
    with store.transaction() as tx:
        tx.put("Integration", "api1", "i1", {"integrationType": "HTTP_PROXY", "integrationUri": "ftp://x"})
        tx.put("Route", "api1", "r1", {"routeId": "r1", "routeKey": "GET /a", "target": "integrations/i1"})
        assert len(find_problems(tx, "api1", tx.revision, None)) == 1
        assert len(find_problems(tx, "api1", tx.revision, before)) == 1


def test_a_missing_stage_variable_is_the_stages_problem(store: Store, api: Stored) -> None:
    api.integration("i1", "https://${stageVariables.host}/a")
    api.route("r1", "GET /a")
    assert problems(store) == []
