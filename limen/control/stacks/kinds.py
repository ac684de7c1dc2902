"""Every type of resource that a template may have, by name."""

from limen.control.stacks.account_kinds import ACCOUNT_KINDS
from limen.control.stacks.certificate_kinds import CERTIFICATE_KINDS
from limen.control.stacks.cognito_kinds import COGNITO_KINDS
from limen.control.stacks.data_kinds import DATA_KINDS
from limen.control.stacks.domain_kinds import DOMAIN_KINDS
from limen.control.stacks.function_kinds import FUNCTION_KINDS
from limen.control.stacks.http_kinds import HTTP_KINDS
from limen.control.stacks.http_stages import HTTP_STAGE_KINDS
from limen.control.stacks.log_kinds import LOG_KINDS
from limen.control.stacks.rest_api import REST_API
from limen.control.stacks.rest_kinds import REST_KINDS
from limen.control.stacks.rest_stages import STAGE_KINDS

KINDS = {
    kind.type: kind
    for kind in (
        REST_API,
        *REST_KINDS,
        *STAGE_KINDS,
        *ACCOUNT_KINDS,
        *HTTP_KINDS,
        *HTTP_STAGE_KINDS,
        *DOMAIN_KINDS,
        *FUNCTION_KINDS,
        *LOG_KINDS,
        *CERTIFICATE_KINDS,
        *COGNITO_KINDS,
        *DATA_KINDS,
    )
}


def find_obstacle(kind: str) -> str | None:
    """Why resources of a type are refused; None for one that is served or kept as data."""
    if kind not in KINDS:
        return "Limen does not serve resources of this type"
    return KINDS[kind].unserved
