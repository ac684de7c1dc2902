"""The control side: from what is stored to what workers are told.

A deployment is a revision: what it froze is read from the store at that revision, never copied. Settings of a stage
(variables, access log) are live and read as they are now.
"""

from collections.abc import Iterable, Iterator

from limen.gateway.errors import PlanError
from limen.gateway.paths import DEFAULT
from limen.integrations.compile import find_integration_problems
from limen.plan.http import compile_route, compile_shared, dependencies_of
from limen.plan.settings import read_settings
from limen.plan.snapshot import NOUNS, Document, StageUpdate
from limen.plan.state import WorkerState
from limen.store.reader import Reader


def full_updates(reader: Reader) -> Iterator[StageUpdate]:
    """Everything that is served, for a worker that starts."""
    for _, api_id, _ in reader.all("Api"):
        for stage_name, _ in reader.list("Stage", api_id):
            update = _full_update(reader, api_id, stage_name)
            if update.stage is not None:
                yield update


def updates_since(reader: Reader, since: int, until: int) -> list[StageUpdate]:
    """What a worker that serves revision `since` must be told to serve `until`; costs what has changed."""
    past, now = reader.at(since), _view(reader, until)
    return [_update(past, now, *stage) for stage in _touched_stages(now, reader.changed_parents(since, until))]


def api_changes(reader: Reader, since: int | None, until: int) -> tuple[dict[str, str], list[str]]:
    """Region by id of the APIs that changed and are there, ids of those that are gone; all where `since` is None."""
    if since is None:
        return {api_id: api["_region"] for _, api_id, api in reader.all("Api")}, []
    now = _view(reader, until)
    apis: dict[str, str] = {}
    gone: list[str] = []
    for noun, scope, api_id in reader.changed_parents(since, until):
        if noun == "Api":
            api = now.get("Api", scope, api_id)
            if api is None:
                gone.append(api_id)
            else:
                apis[api_id] = api["_region"]
    return apis, gone


def find_first_api(reader: Reader) -> str | None:
    """The oldest API, which the bare host stands for."""
    apis = [(document.get("createdDate", ""), key) for _, key, document in reader.all("Api")]
    return min(apis, key=lambda api: api[0])[1] if apis else None


def find_problems(reader: Reader, api_id: str, revision: int, since: int | None) -> list[str]:
    """What does not compile in an API frozen at `revision`; only what changed since, where `since` is given."""
    frozen = _view(reader, revision)
    if since is None:
        routes = [route for _, route in frozen.list("Route", api_id)]
    else:
        routes = list(_touched_routes(frozen, frozen.at(since), api_id, frozen.changes(api_id, since, revision)))
    return list(_problems_of(frozen, api_id, routes)) if routes else []


def _problems_of(frozen: Reader, api_id: str, routes: list[Document]) -> Iterator[str]:
    """What no stage can serve: a stage without a variable that is needed is no problem of the deployment."""
    api = _find_api(frozen, api_id)
    stage = {"stageName": DEFAULT}
    state = WorkerState.dry()
    shared = compile_shared(read_settings(api, stage), api, stage, state)
    for route in routes:
        needed = {noun: frozen.get(noun, api_id, key) for noun, key in dependencies_of(route)}
        integration, authorizer = needed.get("Integration"), needed.get("Authorizer")
        route_key = route["routeKey"]
        problems = find_integration_problems(integration, [route_key]) if integration is not None else []
        if not problems:
            try:
                compile_route(route, integration, authorizer, shared, state)
            except PlanError as error:
                problems.append(str(error))
        yield from (f"route {route_key}: {problem}" for problem in problems)


def _view(reader: Reader, revision: int) -> Reader:
    """The present is cheaper to read than the same revision as a past one, and alone shows an open transaction."""
    return reader if reader.revision == revision else reader.at(revision)


# --- which stages


def _touched_stages(now: Reader, changed: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """API and name of each stage that changed itself, or whose deployment did."""
    seen = set()
    for noun, parent, key in changed:
        if noun == "Stage":
            names = [key]
        elif noun == "Deployment":
            names = [name for name, stage in now.list("Stage", parent) if stage.get("deploymentId") == key]
        else:
            continue
        for name in names:
            if (parent, name) not in seen:
                seen.add((parent, name))
                yield parent, name


def _update(past: Reader, now: Reader, api_id: str, stage_name: str) -> StageUpdate:
    before, after = _deployed_at(past, api_id, stage_name), _deployed_at(now, api_id, stage_name)
    if before is None or after is None:
        return _full_update(now, api_id, stage_name)
    put: dict[str, dict[str, Document]] = {}
    gone: dict[str, list[str]] = {}
    if before != after:
        for noun, key, document in now.changes(api_id, before, after):
            if noun not in NOUNS:
                continue
            if document is None:
                gone.setdefault(noun, []).append(key)
            else:
                put.setdefault(noun, {})[key] = document
    return _stage_update(now, api_id, stage_name, after, put=put, gone=gone)


def _full_update(reader: Reader, api_id: str, stage_name: str) -> StageUpdate:
    revision = _deployed_at(reader, api_id, stage_name)
    if revision is None:
        return StageUpdate(api_id=api_id, stage_name=stage_name, revision=0, full=True)
    frozen = reader.at(revision)
    put = {noun: dict(frozen.list(noun, api_id)) for noun in NOUNS}
    return _stage_update(reader, api_id, stage_name, revision, full=True, put=put, gone={})


def _stage_update(
    reader: Reader,
    api_id: str,
    stage_name: str,
    revision: int,
    *,
    full: bool = False,
    put: dict[str, dict[str, Document]],
    gone: dict[str, list[str]],
) -> StageUpdate:
    api = _find_api(reader.at(revision), api_id)
    return StageUpdate(
        api_id=api_id,
        stage_name=stage_name,
        revision=revision,
        full=full,
        account=api["_account"],
        region=api["_region"],
        api=api,
        stage=reader.get("Stage", api_id, stage_name),
        put=put,
        gone=gone,
    )


def _deployed_at(reader: Reader, api_id: str, stage_name: str) -> int | None:
    """The revision that a stage serves; None where there is no such stage, or it has no deployment."""
    stage = reader.get("Stage", api_id, stage_name)
    deployment_id = None if stage is None else stage.get("deploymentId")
    deployment = reader.get("Deployment", api_id, deployment_id) if deployment_id else None
    return None if deployment is None else int(deployment["_revision"])


_scopes: dict[str, str] = {}
"""Account and region by API id: what never changes about an API, so that it is looked for once."""


def _find_api(reader: Reader, api_id: str) -> Document:
    scope = _scopes.get(api_id)
    document = None if scope is None else reader.get("Api", scope, api_id)
    if document is None:
        _scopes.update({key: parent for parent, key, _ in reader.all("Api")})
        document = reader.get("Api", _scopes.get(api_id, ""), api_id)
    if document is None:
        raise LookupError(f"API {api_id} does not exist at revision {reader.revision}")
    return document


# --- which routes


def _touched_routes(
    frozen: Reader, before: Reader, api_id: str, changes: Iterable[tuple[str, str, Document | None]]
) -> Iterator[Document]:
    """Routes that changed, and those whose integration or authorizer did; a new integration has new routes only."""
    own: set[str] = set()
    dependencies: set[tuple[str, str]] = set()
    for noun, key, document in changes:
        if noun == "Route" and document is not None:
            own.add(key)
            yield document
        elif noun in ("Integration", "Authorizer") and before.get(noun, api_id, key) is not None:
            dependencies.add((noun, key))
    if not dependencies:
        return
    for key, route in frozen.list("Route", api_id):
        if key not in own and not dependencies.isdisjoint(dependencies_of(route)):
            yield route
