"""What all routes of a stage are compiled with: the API as its deployment froze it, and the stage as it is now."""

import msgspec
from msgspec import Struct

from limen.features.access_logs.settings import AccessLogSettings
from limen.features.cors import CorsSettings
from limen.features.throttling.settings import read_route_throttle
from limen.gateway.errors import PlanError
from limen.plan.snapshot import Document


class StageSettings(Struct, frozen=True, kw_only=True):
    """Two that are equal compile to the same."""

    account: str
    region: str
    api_id: str
    name: str
    variables: dict[str, str]
    endpoint_is_disabled: bool
    cors: CorsSettings | None
    access_log: AccessLogSettings | None
    route_settings: Document
    """`routeSettings` and `defaultRouteSettings` of the stage, as stored."""
    tags: dict[str, str]

    def throttle_of(self, route_key: str) -> tuple[float, int] | None:
        """Rate and burst; None: no limit. Raises PlanError."""
        return read_route_throttle(self.route_settings, route_key)

    def without_refused(self) -> "StageSettings":
        """Without what may not compile."""
        return msgspec.structs.replace(self, access_log=None, tags={})


def read_settings(api: Document, stage: Document) -> StageSettings:
    """Raises PlanError where a document is not shaped as AWS shapes it."""
    try:
        return _read(api, stage)
    except (KeyError, msgspec.ValidationError) as error:
        raise PlanError(f"stage {stage.get('stageName')} of API {api.get('apiId')}: {error!r}") from None


def _read(api: Document, stage: Document) -> StageSettings:
    return StageSettings(
        account=api["_account"],
        region=api["_region"],
        api_id=api["apiId"],
        name=stage["stageName"],
        variables=stage.get("stageVariables") or {},
        endpoint_is_disabled=api.get("disableExecuteApiEndpoint", False),
        cors=msgspec.convert(api.get("corsConfiguration") or None, CorsSettings | None),
        route_settings={name: stage.get(name) or {} for name in ("routeSettings", "defaultRouteSettings")},
        tags=stage.get("tags") or {},
        access_log=msgspec.convert(stage.get("accessLogSettings") or None, AccessLogSettings | None),
    )
