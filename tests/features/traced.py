"""Exchanges that were routed, for what looks at them."""

from limen.gateway.errors import NOT_FOUND
from limen.gateway.exchange import Exchange
from limen.gateway.failures import answer_failure, failure_plan
from limen.gateway.paths import Paths
from limen.gateway.route_plan import RoutePlan
from limen.gateway.stage_plan import StagePlan
from tests.support.exchanges import exchange

PLAN = RoutePlan(
    key="ANY /{proxy+}",
    inbound=(),
    outbound=(),
    records=(),
    failure_response=answer_failure,
    resource_id="abc123",
    resource_path="/{proxy+}",
    http_method="ANY",
)


def planned(line: str = "GET /pets", headers: dict[str, str] | None = None, body: bytes = b"") -> Exchange:
    """One that went to `ANY /{proxy+}` of stage prod, past `POST /pets`."""
    made = exchange(line, headers, body)
    edit = Paths[RoutePlan]().edit()
    edit.put("ANY /{proxy+}", PLAN)
    edit.put("POST /pets", PLAN)
    nowhere = failure_plan(NOT_FOUND)
    made.plan = PLAN
    made.stage = StagePlan(
        account="000000000000",
        region="us-east-1",
        api_id="a1b2c3d4e5",
        name="prod",
        variables={},
        paths=edit.done(),
        not_found=nowhere,
        preflight=nowhere,
        bad_request=nowhere,
        body_too_large=nowhere,
        headers_too_large=nowhere,
    )
    made.route_path = made.path
    made.path_parameters = {"proxy": made.path[1:].decode()}
    return made
