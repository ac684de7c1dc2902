"""What is asked of all workers, where those of this node are all there are."""

from typing import TYPE_CHECKING, Any

from limen.control.publisher import Publisher
from limen.plan.trial import AnyTrial, AnyTrialResult

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class OneNode:
    """Owned by a control process; light, for most servers have a store of their own. Cluster is more of it."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def start(self, pools: "ASGIApp | None") -> None:
        """`pools`: what other nodes are answered with for user pools."""

    def register(self) -> None:
        """From now on others reckon with this node."""

    async def stop(self) -> None:
        """Before the publisher is stopped."""

    async def wait_applied(self, revision: int) -> bool:
        """Waits until the other nodes serve `revision`, a second at most; False when time runs out first."""
        return True

    async def explain(self, request_id: str | None = None) -> list[bytes]:
        """What workers kept of a request, or summaries of all that they kept, each as JSON."""
        return await self._publisher.explain(request_id)

    async def look(self, api_id: str, stage_name: str, requests: int) -> None:
        """Tells workers to keep the last requests of a stage."""
        self._publisher.look(api_id, stage_name, requests)

    async def run_trial(self, trial: AnyTrial) -> AnyTrialResult:
        """What a worker says of a test invocation. Raises TrialError where none does."""
        return await self._publisher.run_trial(trial)

    async def describe(self) -> list[dict[str, Any]] | None:
        """The nodes of the last day, for people; None where there is no cluster."""
        return None
