"""What all methods of a stage are compiled with: a REST API as its deployment froze it, and the stage as it is now."""

from typing import Any

import msgspec
from msgspec import Struct

from limen.features.access_logs.settings import AccessLogSettings
from limen.features.caching.compile import StageCache
from limen.features.method_settings import VERBS, MethodSettings, has_own_settings, resolve_settings
from limen.gateway.api_key import HEADER
from limen.gateway.errors import PlanError
from limen.plan.assembly import Frozen
from limen.plan.snapshot import Document, StageUpdate

SMALLEST_CACHE = "0.5"
"""GB; what a stage has that says nothing else."""


class RestSettings(Struct, frozen=True, kw_only=True):
    """Two that are equal compile to the same; what is stored only is not among them."""

    account: str
    region: str
    api_id: str
    name: str
    deployment_id: str
    is_canary: bool
    variables: dict[str, str]
    endpoint_is_disabled: bool
    policy: str | None
    api_key_source: str
    binary_media_types: tuple[str, ...]
    minimum_compression_size: int | None
    gateway_responses: dict[str, Document]
    """By type; only those that are customised."""
    method_settings: dict[str, Any]
    """By `path/VERB` or `*/*`, as the stage has them."""
    client_certificate: Document | None
    access_log: AccessLogSettings | None
    tags: dict[str, str]
    cache: StageCache | None = None

    def of_method(self, resource_path: str, verb: str) -> MethodSettings:
        """Raises PlanError where they are not shaped as AWS shapes them."""
        return resolve_settings(self.method_settings, resource_path, verb)

    def verbs_apart(self, resource_path: str) -> list[str]:
        """Of a method ANY: those that do not have its settings. Settings never are ANY's: AWS takes those of verbs."""
        own = [verb for verb in VERBS if has_own_settings(self.method_settings, resource_path, verb)]
        if "GET" not in own and self.cache is not None and self.of_method(resource_path, "GET").caching_enabled:
            own.append("GET")  # which is cached without settings of its own
        return own

    @property
    def shown_name(self) -> str:
        """As metrics and logs name it: a canary is told apart from its stage."""
        return f"{self.name}/Canary" if self.is_canary else self.name


def read_rest_settings(update: StageUpdate, frozen: Frozen) -> RestSettings:
    """Raises PlanError where a document is not shaped as AWS shapes it."""
    api, stage = update.api, update.stage
    assert api is not None and stage is not None
    try:
        return RestSettings(
            account=api["_account"],
            region=api["_region"],
            api_id=api["id"],
            name=stage["stageName"],
            deployment_id=stage.get("deploymentId") or "",
            is_canary=update.is_canary,
            variables=stage.get("variables") or {},
            endpoint_is_disabled=api.get("disableExecuteApiEndpoint", False),
            policy=api.get("policy") or None,
            api_key_source=api.get("apiKeySource") or HEADER,
            binary_media_types=tuple(api.get("binaryMediaTypes") or ()),
            minimum_compression_size=api.get("minimumCompressionSize"),
            gateway_responses=dict(frozen.all("GatewayResponse")),
            method_settings=stage.get("methodSettings") or {},
            client_certificate=update.client_certificate,
            tags=stage.get("tags") or {},
            access_log=msgspec.convert(stage.get("accessLogSettings") or None, AccessLogSettings | None),
            cache=_read_cache(stage, update.is_canary),
        )
    except (KeyError, msgspec.ValidationError) as error:
        raise PlanError(f"stage {stage.get('stageName')} of API {api.get('id')}: {error!r}") from None


def _read_cache(stage: Document, is_canary: bool) -> StageCache | None:
    """None where the stage has no cache, or its canary is not to use it."""
    if not stage.get("cacheClusterEnabled"):
        return None
    if is_canary and not (stage.get("canarySettings") or {}).get("useStageCache"):
        return None
    return StageCache(stage.get("cacheClusterSize") or SMALLEST_CACHE, stage.get("deploymentId") or "")
