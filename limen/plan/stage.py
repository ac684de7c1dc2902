"""One stage as a worker knows it: what its deployment froze, and the plan made of it.

A change compiles what it touches: routes are compiled singly, and what a full update brings is compared with what is
there, so that only differences cost.
"""

import logging
from collections.abc import Iterator

from limen.gateway.errors import BAD_REQUEST, HEADERS_TOO_LARGE, INTERNAL, NOT_FOUND, REQUEST_TOO_LARGE, PlanError
from limen.gateway.failures import compile_refusal
from limen.gateway.paths import Edit, Paths
from limen.gateway.route_plan import RoutePlan
from limen.gateway.stage_plan import StagePlan
from limen.plan.http import Shared, compile_route, compile_shared, dependencies_of
from limen.plan.settings import StageSettings, read_settings
from limen.plan.snapshot import NOUNS, Document, StageUpdate
from limen.plan.state import WorkerState

log = logging.getLogger("limen.plan")


class StageCompiler:
    """Owned by a worker's follower; `plan` is the last good one."""

    def __init__(self, state: WorkerState) -> None:
        self.plan: StagePlan | None = None
        self._state = state
        self._documents: dict[str, dict[str, Document]] = {noun: {} for noun in NOUNS}
        self._users: dict[tuple[str, str], set[str]] = {}
        """Routes by what they are compiled with."""
        self._served: dict[str, str] = {}
        """Keys of the routes that `plan` serves, by id."""
        self._stale: set[str] = set()
        """Routes of which `plan` does not show the newest documents."""
        self._settings: StageSettings | None = None

    def change(self, update: StageUpdate) -> Iterator[None]:
        """Makes a new plan of an update; each step is a fraction of a millisecond. Raises PlanError at the end.

        Documents are taken over even where they do not compile, so that the next update fits onto them.
        """
        assert update.api is not None and update.stage is not None
        yield from self._take_over(update)
        settings = read_settings(update.api, update.stage)
        problems: list[str] = []
        shared = self._share(settings, update.api, update.stage, problems)
        if settings != self._settings or self.plan is None:
            self._settings = settings
            self._stale.update(self._documents["Route"], self._served)
        edit, served = self._edit()
        stale = sorted(self._stale)
        for route_id in stale:
            key = served.pop(route_id, None)
            if key is not None:
                edit.remove(key)
                yield
        for route_id in stale:
            self._compile(route_id, shared, edit, served, problems)
            yield
        if problems and self.plan is not None:
            raise PlanError("; ".join(problems))
        self.plan = self._assemble(shared, edit.done())
        self._served = served
        if problems:
            raise PlanError("; ".join(problems))
        self._stale.clear()

    # --- documents

    def _take_over(self, update: StageUpdate) -> Iterator[None]:
        for noun in NOUNS:
            held = self._documents[noun]
            put = update.put.get(noun, {})
            gone = list(held.keys() - put.keys()) if update.full else update.gone.get(noun, [])
            for key in gone:
                if key in held:
                    self._replace(noun, key, None)
                    yield
            for key, document in put.items():
                if held.get(key) != document:
                    self._replace(noun, key, document)
                yield

    def _replace(self, noun: str, key: str, document: Document | None) -> None:
        held = self._documents[noun]
        if noun == "Route":
            self._stale.add(key)
            for needed in dependencies_of(held.get(key, {})):
                self._users[needed].discard(key)
                if not self._users[needed]:
                    del self._users[needed]
            for needed in dependencies_of(document or {}):
                self._users.setdefault(needed, set()).add(key)
        else:
            self._stale.update(self._users.get((noun, key), ()))
        if document is None:
            del held[key]
        else:
            held[key] = document

    # --- plans

    def _share(self, settings: StageSettings, api: Document, stage: Document, problems: list[str]) -> Shared:
        try:
            return compile_shared(settings, api, stage, self._state)
        except PlanError as error:
            problems.append(str(error))
            # Served for the first time, a stage is better without its log than not at all.
            return compile_shared(settings.without_access_log(), api, stage, self._state)

    def _edit(self) -> tuple[Edit[RoutePlan], dict[str, str]]:
        """The tree to change and the keys in it; an empty one where nothing of it stays."""
        if self.plan is None or self._served.keys() <= self._stale:
            return Paths[RoutePlan]().edit(), {}
        return self.plan.paths.edit(), dict(self._served)

    def _compile(
        self, route_id: str, shared: Shared, edit: Edit[RoutePlan], served: dict[str, str], problems: list[str]
    ) -> None:
        route = self._documents["Route"].get(route_id)
        if route is None:
            return
        needed = {noun: self._documents[noun].get(key) for noun, key in dependencies_of(route)}
        key = route["routeKey"]
        try:
            plan = compile_route(route, needed.get("Integration"), needed.get("Authorizer"), shared, self._state)
        except Exception as error:
            if not isinstance(error, PlanError):
                log.exception("route %r of API %s", key, shared.settings.api_id)
            problems.append(f"route {key}: {error}")
            refusal = compile_refusal(INTERNAL, f"route {key!r} of API {shared.settings.api_id}: {error}")
            plan = shared.compile_refusal(self._state, key, refusal)
        edit.put(key, plan)
        served[route_id] = key

    def _assemble(self, shared: Shared, paths: Paths[RoutePlan]) -> StagePlan:
        settings = shared.settings
        return StagePlan(
            account=settings.account,
            region=settings.region,
            api_id=settings.api_id,
            name=settings.name,
            variables=settings.variables,
            endpoint_is_disabled=settings.endpoint_is_disabled,
            paths=paths,
            not_found=shared.compile_failure(self._state, NOT_FOUND),
            preflight=shared.compile_options(self._state),
            bad_request=shared.compile_failure(self._state, BAD_REQUEST),
            body_too_large=shared.compile_failure(self._state, REQUEST_TOO_LARGE),
            headers_too_large=shared.compile_failure(self._state, HEADERS_TOO_LARGE),
        )
