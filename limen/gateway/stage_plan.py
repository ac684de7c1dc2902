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
    deployment_id: str = ""
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
    """For a request line and headers over `most_head`."""
    most_head: int = 10_240
    """Bytes of request line and headers."""
    disabled: RoutePlan | None = None
    """Answers everything where the API is served on custom domain names only."""
    untrusted: RoutePlan | None = None
    """Refuses who calls on a domain name with mutual TLS and is not trusted there (`exchange.domain.problem`)."""
    canary: "StagePlan | None" = None
    """Answers `canary_share` of the requests instead; itself without a canary."""
    canary_share: float = 0.0
    is_canary: bool = False
    obeys_method_override: bool = False
    """What X-HTTP-Method-Override names is the method of a request (guide, "Important notes", REST APIs)."""
