"""Changes one by one come to the same plan as compiling everything at once, whatever the order."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.gateway.route_plan import RoutePlan
from limen.plan.snapshot import StageUpdate
from limen.plan.stage import StageCompiler
from limen.plan.state import WorkerState

API = {"apiId": "a", "_account": "0", "_region": "us-east-1"}

ROUTES = st.fixed_dictionaries(
    {"routeKey": st.sampled_from(["GET /a", "GET /{x}", "ANY /a/{proxy+}", "$default", "POST /a"])},
    optional={"target": st.sampled_from(["integrations/i1", "integrations/i2", "integrations/i3"])},
)
INTEGRATIONS = st.fixed_dictionaries({"integrationUri": st.sampled_from(["one", "two", "three"])})
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "Route": st.dictionaries(st.sampled_from(["r1", "r2", "r3", "r4"]), st.none() | ROUTES, max_size=3),
        "Integration": st.dictionaries(st.sampled_from(["i1", "i2"]), st.none() | INTEGRATIONS, max_size=2),
        "variables": st.sampled_from([{}, {"x": "1"}]),
    },
)


def update(
    documents: dict[str, dict[str, Any]], gone: dict[str, list[str]], variables: dict[str, str], *, full: bool = False
) -> StageUpdate:
    stage = {"stageName": "dev", "stageVariables": variables}
    return StageUpdate(
        api_id="a", stage_name="dev", revision=1, full=full, api=API, stage=stage, put=documents, gone=gone
    )


def served(compiler: StageCompiler) -> dict[str, str | None]:
    """What answers some requests: the key of the route, and whether it leads to an integration."""
    assert compiler.plan is not None
    found = {}
    for request_line in ("GET /a", "GET /b", "POST /a", "PUT /a/b/c", "GET /"):
        method, _, path = request_line.partition(" ")
        match = compiler.plan.paths.match(method.encode(), path.encode())
        found[request_line] = None if match is None else f"{match[0].key} {what_ends(match[0])}"
    return found


def what_ends(plan: RoutePlan) -> str:
    """`proxy` or `refuse`: the name of the last step, which mypyc gives to a class of its own."""
    step = plan.inbound[-1]
    return str(getattr(step, "__name__", type(step).__name__)).partition("_")[0]


def has_each_key_once(routes: dict[str, dict[str, Any]]) -> bool:
    keys = [route["routeKey"] for route in routes.values()]
    return len(keys) == len(set(keys))


@pytest.mark.usefixtures("tells")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CHANGES, max_size=8))
def test_steps_lead_where_one_leap_leads(changes: list[dict[str, Any]]) -> None:
    stepping = StageCompiler(WorkerState.dry())
    documents: dict[str, dict[str, Any]] = {"Route": {}, "Integration": {}}
    variables: dict[str, str] = {}
    for change in changes:
        variables = change.get("variables", variables)
        after = {noun: dict(held) for noun, held in documents.items()}
        put: dict[str, dict[str, Any]] = {"Route": {}, "Integration": {}}
        gone: dict[str, list[str]] = {"Route": [], "Integration": []}
        for noun in after:
            for key, document in change.get(noun, {}).items():
                if document is None:
                    after[noun].pop(key, None)
                    gone[noun].append(key)
                else:
                    name = "routeId" if noun == "Route" else "integrationId"
                    after[noun][key] = put[noun][key] = {name: key} | document
        if not has_each_key_once(after["Route"]):
            continue
        documents = after
        for _ in stepping.change(update(put, gone, variables)):
            pass
        leaping = StageCompiler(WorkerState.dry())
        for _ in leaping.change(update(documents, {}, variables, full=True)):
            pass
        assert served(stepping) == served(leaping)
        assert stepping.plan is not None and stepping.plan.variables == variables


@pytest.mark.usefixtures("tells")
def test_a_change_without_effect_compiles_nothing() -> None:
    compiler = StageCompiler(WorkerState.dry())
    documents = {"Route": {"r1": {"routeId": "r1", "routeKey": "GET /a"}}}
    for _ in compiler.change(update(documents, {}, {}, full=True)):
        pass
    before = compiler.plan
    for _ in compiler.change(update({}, {}, {})):
        pass
    assert before is not None and compiler.plan is not None
    found, again = before.paths.match(b"GET", b"/a"), compiler.plan.paths.match(b"GET", b"/a")
    assert found is not None and again is not None and again[0] is found[0]
