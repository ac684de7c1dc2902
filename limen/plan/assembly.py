"""What differs between API types where a stage is compiled: one Assembly for each, written in http and rest."""

from collections.abc import Mapping
from typing import Any, Protocol

from limen.gateway.paths import Paths
from limen.gateway.route_plan import RoutePlan
from limen.gateway.stage_plan import StagePlan
from limen.plan.snapshot import Document, StageUpdate
from limen.plan.state import WorkerState

WHOLE_NOUN = ""
"""As the key of a dependency: every document of the noun."""


class Frozen(Protocol):
    """The documents of an API as its deployment froze them."""

    def find(self, noun: str, key: str) -> Document | None: ...

    def all(self, noun: str) -> Mapping[str, Document]: ...


class Shared(Protocol):
    """What all routes of a stage have in common."""

    def compile_refusal(self, state: WorkerState, route_key: str, reason: str) -> RoutePlan:
        """A plan for a route that cannot be compiled; `reason` is for the log."""

    def assemble(self, state: WorkerState, paths: Paths[RoutePlan]) -> StagePlan: ...


class Assembly(Protocol):
    """`route` is a document of the noun `route_noun`: a Route of an HTTP API, a Method of a REST API."""

    route_noun: str
    nouns: tuple[str, ...]
    """The children of an API that a deployment freezes for the workers."""

    def make_paths(self) -> Paths[RoutePlan]: ...

    def read_settings(self, update: StageUpdate, frozen: Frozen) -> Any:
        """Two that are equal compile to the same. Raises PlanError."""

    def compile_shared(self, settings: Any, update: StageUpdate, state: WorkerState) -> Shared:
        """Raises PlanError where a setting of the stage cannot be built."""

    def without_refused(self, settings: Any) -> Any:
        """Settings without what may have raised: the stage is better served without its log than not at all."""

    def dependencies_of(self, route: Document) -> list[tuple[str, str]]:
        """Noun and key of what a route is compiled with."""

    def key_of(self, route: Document, frozen: Frozen) -> str:
        """What a route is found by: `GET /pets/{id}`."""

    def compile_route(self, route: Document, frozen: Frozen, shared: Any, state: WorkerState) -> RoutePlan:
        """Raises PlanError where a route cannot be served as it is configured."""
