"""The URI of an AWS integration: `arn:aws:apigateway:{region}:{subdomain.service}:{path|action}/...`.

https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html#apigw-PutIntegration-request-uri
"""

import re

from msgspec import Struct

from limen.gateway.errors import PlanError
from limen.gateway.stage_variables import blank_stage_variables

_URI = re.compile(
    r"arn:aws[a-z-]*:apigateway:(?P<region>[a-z0-9-]+):(?P<service>[^:/]+):(?P<form>path|action)/(?P<rest>.*)"
)
_VARIABLE_FORM = re.compile(r"^(arn:[^:]*:apigateway:[^:]*:[^:]*:)\$\{stageVariables\.[^{}]*\}")
_SERVICE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
_ACTION = re.compile(r"[A-Za-z0-9]+")


class ServiceUri(Struct, frozen=True):
    """`service` is with its subdomain, as host names have it; `action` is empty in the path form."""

    region: str
    service: str
    action: str
    path: str
    """From its first slash on, with placeholders, in the path form with a query string."""


def check_service_uri(uri: str) -> None:
    """Raises PlanError for a URI that no stage's variables make a good one."""
    # A variable may stand for the form too: `...:sqs:${stageVariables.target}` (guide, "stage variables reference").
    parse_service_uri(blank_stage_variables(_VARIABLE_FORM.sub(r"\1path/", uri)))


def parse_service_uri(uri: str) -> ServiceUri:
    """Stage variables are filled in. Raises PlanError."""
    match = _URI.fullmatch(uri)
    if match is None:
        raise PlanError(
            f"integration URI {uri!r} is not of the form arn:aws:apigateway:REGION:SERVICE:action/ACTION or "
            "arn:aws:apigateway:REGION:SERVICE:path/PATH"
        )
    if not _SERVICE.fullmatch(match["service"]):
        # A host is decided when a plan is made, never by a request: no placeholders here.
        raise PlanError(f"integration URI {uri!r}: {match['service']!r} is not a service, or a subdomain of one")
    if match["form"] == "path":
        # The console writes the whole path behind `path/`, so a second slash is common (guide, S3 tutorial).
        return ServiceUri(match["region"], match["service"], "", f"/{match['rest'].lstrip('/')}")
    action, _, parameters = match["rest"].partition("&")
    if not _ACTION.fullmatch(action):
        raise PlanError(f"integration URI {uri!r}: {action!r} is not the name of an action")
    query = f"Action={action}&{parameters}" if parameters else f"Action={action}"
    return ServiceUri(match["region"], match["service"], action, f"/?{query}")
