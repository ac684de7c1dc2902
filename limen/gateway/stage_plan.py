"""What a deployed stage compiles to: its routes, and plans for what none of them answers."""

from msgspec import Struct

from limen.gateway.paths import Paths
from limen.gateway.route_plan import RoutePlan


class StagePlan(Struct, frozen=True, kw_only=True):
    """One version of one stage; a change makes another, and exchanges end on the one that they started with."""

    account: str
    region: str
    api_id: str
    name: str
    """As AWS writes it: `prod`, `$default`."""
    variables: dict[str, str]
    endpoint_is_disabled: bool
    """The API is served on custom domain names only."""
    paths: Paths[RoutePlan]
    not_found: RoutePlan
    """For a request that no route matches."""
    preflight: RoutePlan
    """For an OPTIONS request that no route matches: answers where it is a preflight and CORS is configured."""
    bad_request: RoutePlan
    """For a path that cannot be decoded, or that climbs."""
    body_too_large: RoutePlan
    """For a body over the limit."""
    headers_too_large: RoutePlan
    """For a request line and headers over the limit of the API type."""
