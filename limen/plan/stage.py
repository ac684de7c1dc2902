"""One stage as a worker knows it: what its deployment froze, and the plan made of it.

A change compiles what it touches: routes are compiled singly, and what a full update brings is compared with what is
there, so that only differences cost.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from limen.gateway.errors import PlanError
from limen.gateway.paths import Edit
from limen.gateway.route_plan import RoutePlan
from limen.gateway.stage_plan import StagePlan
from limen.plan.assembly import WHOLE_NOUN, Assembly, Shared
from limen.plan.http import HttpAssembly
from limen.plan.rest import RestAssembly
from limen.plan.snapshot import Document, Protocol, StageUpdate
from limen.plan.state import WorkerState

log = logging.getLogger("limen.plan")

ASSEMBLIES: dict[Protocol, Assembly] = {"HTTP": HttpAssembly(), "REST": RestAssembly()}


class StageCompiler:
    """Owned by a worker's follower; `plan` is the last good one. To its assembly it is the Frozen documents."""

    def __init__(self, state: WorkerState, protocol: Protocol = "HTTP") -> None:
        self.plan: StagePlan | None = None
        self._state = state
        self._assembly = ASSEMBLIES[protocol]
        self._documents: dict[str, dict[str, Document]] = {noun: {} for noun in self._assembly.nouns}
        self._users: dict[tuple[str, str], set[str]] = {}
        """Routes by what they are compiled with."""
        self._served: dict[str, str] = {}
        """Keys of the routes that `plan` serves, by id."""
        self._stale: set[str] = set()
        """Routes of which `plan` does not show the newest documents."""
        self._settings: Any = None
        self._api_id = ""
        self.canary_share = 0.0
        """Of the requests of a stage, what its canary answers."""

    def find(self, noun: str, key: str) -> Document | None:
        return self._documents[noun].get(key)

    def all(self, noun: str) -> Mapping[str, Document]:
        return self._documents[noun]

    def change(self, update: StageUpdate) -> Iterator[None]:
        """Makes a new plan of an update; each step is a fraction of a millisecond. Raises PlanError at the end.

        Documents are taken over even where they do not compile, so that the next update fits onto them.
        """
        assert update.stage is not None
        self._api_id = update.api_id
        self.canary_share = float((update.stage.get("canarySettings") or {}).get("percentTraffic") or 0) / 100
        yield from self._take_over(update)
        settings = self._assembly.read_settings(update, self)
        problems: list[str] = []
        shared = self._share(settings, update, problems)
        if settings != self._settings or self.plan is None:
            self._settings = settings
            self._stale.update(self._documents[self._assembly.route_noun], self._served)
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
        self.plan = shared.assemble(self._state, edit.done())
        self._served = served
        if problems:
            raise PlanError("; ".join(problems))
        self._stale.clear()

    # --- documents

    def _take_over(self, update: StageUpdate) -> Iterator[None]:
        for noun, held in self._documents.items():
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
        dependencies_of = self._assembly.dependencies_of
        if noun == self._assembly.route_noun:
            self._stale.add(key)
            for needed in dependencies_of(held.get(key, {})):
                self._users[needed].discard(key)
                if not self._users[needed]:
                    del self._users[needed]
            for needed in dependencies_of(document or {}):
                self._users.setdefault(needed, set()).add(key)
        else:
            self._stale.update(self._users.get((noun, key), ()), self._users.get((noun, WHOLE_NOUN), ()))
        if document is None:
            del held[key]
        else:
            held[key] = document

    # --- plans

    def _share(self, settings: Any, update: StageUpdate, problems: list[str]) -> Shared:
        try:
            return self._assembly.compile_shared(settings, update, self._state)
        except PlanError as error:
            problems.append(str(error))
            return self._assembly.compile_shared(self._assembly.without_refused(settings), update, self._state)

    def _edit(self) -> tuple[Edit[RoutePlan], dict[str, str]]:
        """The tree to change and the keys in it; an empty one where nothing of it stays."""
        if self.plan is None or self._served.keys() <= self._stale:
            return self._assembly.make_paths().edit(), {}
        return self.plan.paths.edit(), dict(self._served)

    def _compile(
        self, route_id: str, shared: Shared, edit: Edit[RoutePlan], served: dict[str, str], problems: list[str]
    ) -> None:
        route = self.find(self._assembly.route_noun, route_id)
        if route is None:
            return
        try:
            key = self._assembly.key_of(route, self)
        except PlanError as error:
            problems.append(str(error))
            return
        try:
            plan = self._assembly.compile_route(route, self, shared, self._state)
        except Exception as error:
            if not isinstance(error, PlanError):
                log.exception("route %r of API %s", key, self._api_id)
            problems.append(f"route {key}: {error}")
            plan = shared.compile_refusal(self._state, key, f"route {key!r} of API {self._api_id}: {error}")
        edit.put(key, plan)
        served[route_id] = key
