"""Under which URLs stages are found: on custom domain names, and on the own host of the API unless it is closed."""

from collections.abc import Iterator, Mapping

from limen.control.domains.documents import mappings_of
from limen.features.domain_names.records import RULES_ONLY
from limen.plan.freeze import find_api
from limen.store.documents import Document
from limen.store.store import Reader


def url_on_domain(name: str, port: int, key: str) -> str:
    """Without a slash at its end."""
    base = f"https://{name}:{port}"
    return f"{base}/{key}" if key else base


def urls_of_stages(reader: Reader, port: int) -> Mapping[tuple[str, str], list[str]]:
    """By id of the API and name of the stage, in the order of domain names and paths."""
    found: dict[tuple[str, str], list[str]] = {}
    for _, name, domain in sorted(reader.all("DomainName"), key=lambda each: each[1]):
        if domain["routingMode"] == RULES_ONLY:
            continue
        for mapping in mappings_in_order(reader, name):
            for stage_name, key in stages_of(reader, mapping):
                found.setdefault((mapping["apiId"], stage_name), []).append(url_on_domain(name, port, key))
    return found


def mappings_in_order(reader: Reader, name: str) -> list[Document]:
    """Of a domain name, by path."""
    found = [mapping for _, mapping in reader.list("ApiMapping", mappings_of(name))]
    return sorted(found, key=lambda mapping: str(mapping.get("apiMappingKey", "")))


def stages_of(reader: Reader, mapping: Document) -> Iterator[tuple[str, str]]:
    """Names of stages, each with its path: a mapping without one leads to all, by their names."""
    key = str(mapping.get("apiMappingKey", ""))
    if mapping.get("stage"):
        yield mapping["stage"], key
        return
    for stage_name, _ in reader.list("Stage", mapping["apiId"]):
        yield stage_name, f"{key}/{stage_name}" if key else stage_name


def is_closed(reader: Reader, api_id: str, stage_name: str) -> bool:
    """Whether a stage answers on domain names alone, as its deployment froze it: changed later, it is not yet so."""
    stage = reader.get("Stage", api_id, stage_name)
    deployment_id = stage.get("deploymentId") if stage is not None else None
    deployment = reader.get("Deployment", api_id, deployment_id) if deployment_id else None
    if deployment is None:
        return False
    _, api = find_api(reader.at(deployment["_revision"]), api_id)
    return bool(api.get("disableExecuteApiEndpoint", False))
