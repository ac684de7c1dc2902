"""The control side: from what is stored to what workers are told.

A deployment is a revision: what it froze is read from the store at that revision, never copied. Settings of a stage
(variables, access log) are live and read as they are now.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from limen.gateway.errors import PlanError
from limen.gateway.paths import DEFAULT
from limen.gateway.stage_variables import mentions_stage_variables
from limen.integrations.compile import find_integration_problems
from limen.integrations.rest.problems import find_rest_integration_problems, find_rest_template_problems
from limen.plan.http import compile_route, compile_shared, dependencies_of
from limen.plan.rest import RestAssembly
from limen.plan.settings import read_settings
from limen.plan.snapshot import API_NOUNS, NOUNS, ApiAddress, Document, StageUpdate
from limen.plan.state import WorkerState
from limen.store.reader import Reader

_ALL_NOUNS = frozenset(noun for nouns in NOUNS.values() for noun in nouns)


def full_updates(reader: Reader) -> Iterator[StageUpdate]:
    """Everything that is served, for a worker that starts."""
    for _, api_id, _ in all_apis(reader):
        for stage_name, stage in reader.list("Stage", api_id):
            for is_canary in (False, True) if stage.get("canarySettings") else (False,):
                update = _full_update(reader, StageId(api_id, stage_name, is_canary))
                if update.stage is not None:
                    yield update


def updates_since(reader: Reader, since: int, until: int) -> list[StageUpdate]:
    """What a worker that serves revision `since` must be told to serve `until`; costs what has changed."""
    past, now = reader.at(since), _view(reader, until)
    return [
        update
        for stage in _touched_stages(now, reader.changed_parents(since, until))
        if (update := _update(past, now, stage)) is not None
    ]


def api_changes(reader: Reader, since: int | None, until: int) -> tuple[dict[str, ApiAddress], list[str]]:
    """By id the APIs that changed and are there, ids of those that are gone; all where `since` is None."""
    if since is None:
        return {api_id: _address(noun, api) for noun, api_id, api in all_apis(reader)}, []
    now = _view(reader, until)
    apis: dict[str, ApiAddress] = {}
    gone: list[str] = []
    for noun, scope, api_id in reader.changed_parents(since, until):
        if noun in API_NOUNS:
            api = now.get(noun, scope, api_id)
            if api is None:
                gone.append(api_id)
            else:
                apis[api_id] = _address(noun, api)
    return apis, gone


def find_first_api(reader: Reader) -> str | None:
    """The oldest API, which the bare host stands for."""
    apis = [(api.get("createdDate", ""), api_id) for _, api_id, api in all_apis(reader)]
    return min(apis, key=lambda api: api[0])[1] if apis else None


def all_apis(reader: Reader) -> Iterator[tuple[str, str, Document]]:
    """Noun, id and document of every API."""
    for noun in API_NOUNS:
        for _, api_id, api in reader.all(noun):
            yield noun, api_id, api


def _address(noun: str, api: Document) -> ApiAddress:
    return ApiAddress(api["_region"], API_NOUNS[noun])


def find_problems(reader: Reader, api_id: str, revision: int, since: int | None) -> list[str]:
    """What does not compile in an API frozen at `revision`; only what changed since, where `since` is given."""
    frozen = _view(reader, revision)
    if since is None:
        routes = [route for _, route in frozen.list("Route", api_id)]
    else:
        routes = list(_touched_routes(frozen, frozen.at(since), api_id, frozen.changes(api_id, since, revision)))
    return list(_problems_of(frozen, api_id, routes)) if routes else []


def find_rest_problems(reader: Reader, api_id: str, revision: int, *, templates: bool = True) -> list[str]:
    """What does not compile in a REST API frozen at `revision`, on any stage; `templates`: those as well."""
    frozen = _FrozenView(_view(reader, revision), api_id)
    _, api = find_api(frozen.reader, api_id)
    update = StageUpdate(api_id=api_id, stage_name="", revision=revision, protocol="REST", api=api, stage=_NO_STAGE)
    assembly, state = RestAssembly(), WorkerState.dry()
    try:
        shared = assembly.compile_shared(assembly.read_settings(update, frozen), update, state)
    except PlanError as error:
        return [str(error)]
    problems = []
    for method in frozen.all(assembly.route_noun).values():
        where = ""
        try:
            where = f"method {assembly.key_of(method, frozen)}: "
            assembly.compile_route(method, frozen, shared, state)
        except PlanError as error:
            problems.append(f"{where}{error}")
        else:
            unseen = _problems_behind_compiling(method, templates)
            problems += [f"{where}{problem}" for problem in unseen]
    return problems


def _problems_behind_compiling(method: Document, templates: bool) -> list[str]:
    """Of an integration that needs a stage's variables, no more was compiled than what comes before them."""
    broken = find_rest_template_problems(method)
    integration = method.get("methodIntegration") or {}
    texts = (integration.get("uri"), integration.get("connectionId"), integration.get("credentials"))
    needs_stage = any(mentions_stage_variables(text) for text in texts if text)
    found = find_rest_integration_problems(method) if needs_stage else broken
    return found if templates else [problem for problem in found if problem not in broken]


_NO_STAGE: Document = {"stageName": "", "variables": {}}


class _FrozenView:
    """The documents of an API at one revision, each noun read once."""

    def __init__(self, reader: Reader, api_id: str) -> None:
        self.reader = reader
        self._api_id = api_id
        self._read: dict[str, dict[str, Document]] = {}

    def find(self, noun: str, key: str) -> Document | None:
        return self.all(noun).get(key)

    def all(self, noun: str) -> dict[str, Document]:
        if noun not in self._read:
            self._read[noun] = dict(self.reader.list(noun, self._api_id))
        return self._read[noun]


def _problems_of(frozen: Reader, api_id: str, routes: list[Document]) -> Iterator[str]:
    """What no stage can serve: a stage without a variable that is needed is no problem of the deployment."""
    _, api = find_api(frozen, api_id)
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


class StageId(NamedTuple):
    api_id: str
    name: str
    is_canary: bool = False


def _touched_stages(now: Reader, changed: Iterable[tuple[str, str, str]]) -> Iterator[StageId]:
    """Each stage that changed itself, or whose deployment did; and its canary, whether it has one or not."""
    seen = set()
    for noun, parent, key in changed:
        if noun == "Stage":
            names = [key]
        elif noun == "Deployment":
            names = [name for name, stage in now.list("Stage", parent) if key in _deployments_of(stage)]
        else:
            continue
        for name in names:
            if (parent, name) not in seen:
                seen.add((parent, name))
                yield StageId(parent, name)
                yield StageId(parent, name, is_canary=True)


def _deployments_of(stage: Document) -> tuple[str | None, str | None]:
    return stage.get("deploymentId"), (stage.get("canarySettings") or {}).get("deploymentId")


def _update(past: Reader, now: Reader, stage: StageId) -> StageUpdate | None:
    """None where there is nothing to tell: a canary that never was."""
    before, after = _deployed_at(past, stage), _deployed_at(now, stage)
    if before is None and after is None and stage.is_canary:
        return None
    if before is None or after is None:
        return _full_update(now, stage)
    put: dict[str, dict[str, Document]] = {}
    gone: dict[str, list[str]] = {}
    if before != after:
        for noun, key, document in now.changes(stage.api_id, before, after):
            if noun not in _ALL_NOUNS:
                continue
            if document is None:
                gone.setdefault(noun, []).append(key)
            else:
                put.setdefault(noun, {})[key] = document
    return _stage_update(now, stage, after, put=put, gone=gone)


def _full_update(reader: Reader, stage: StageId) -> StageUpdate:
    revision = _deployed_at(reader, stage)
    if revision is None:
        return StageUpdate(api_id=stage.api_id, stage_name=stage.name, is_canary=stage.is_canary, revision=0, full=True)
    frozen = reader.at(revision)
    noun, _ = find_api(frozen, stage.api_id)
    put = {each: dict(frozen.list(each, stage.api_id)) for each in NOUNS[API_NOUNS[noun]]}
    return _stage_update(reader, stage, revision, full=True, put=put, gone={})


def _stage_update(
    reader: Reader,
    stage: StageId,
    revision: int,
    *,
    full: bool = False,
    put: dict[str, dict[str, Document]],
    gone: dict[str, list[str]],
) -> StageUpdate:
    noun, api = find_api(reader.at(revision), stage.api_id)
    document = reader.get("Stage", stage.api_id, stage.name)
    certificate_id = None if document is None else document.get("clientCertificateId")
    scope = f"{api['_account']}/{api['_region']}"
    return StageUpdate(
        api_id=stage.api_id,
        stage_name=stage.name,
        is_canary=stage.is_canary,
        revision=revision,
        full=full,
        protocol=API_NOUNS[noun],
        account=api["_account"],
        region=api["_region"],
        api=api,
        stage=_as_canary(document) if document is not None and stage.is_canary else document,
        client_certificate=reader.get("ClientCertificate", scope, certificate_id) if certificate_id else None,
        put=put,
        gone=gone,
    )


def _as_canary(stage: Document) -> Document:
    """A stage as its canary sees it: its deployment, and its variables over those of the stage."""
    canary = stage["canarySettings"]
    variables = (stage.get("variables") or {}) | (canary.get("stageVariableOverrides") or {})
    return stage | {"deploymentId": canary["deploymentId"], "variables": variables}


def _deployed_at(reader: Reader, stage: StageId) -> int | None:
    """The revision that a stage serves; None where there is no such stage, or it has no deployment."""
    document = reader.get("Stage", stage.api_id, stage.name)
    if document is None:
        return None
    deployment_id = _deployments_of(document)[stage.is_canary]
    deployment = reader.get("Deployment", stage.api_id, deployment_id) if deployment_id else None
    return None if deployment is None else int(deployment["_revision"])


_scopes: dict[str, tuple[str, str]] = {}
"""Noun and scope by API id: what never changes about an API, so that it is looked for once."""


def find_api(reader: Reader, api_id: str) -> tuple[str, Document]:
    """Noun and document of an API. Raises LookupError."""
    noun, scope = _scopes.get(api_id, ("", ""))
    document = reader.get(noun, scope, api_id) if noun else None
    if document is None:
        for noun in API_NOUNS:
            _scopes.update({key: (noun, parent) for parent, key, _ in reader.all(noun)})
        noun, scope = _scopes.get(api_id, ("", ""))
        document = reader.get(noun, scope, api_id) if noun else None
    if document is None:
        raise LookupError(f"API {api_id} does not exist at revision {reader.revision}")
    return noun, document


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
