"""What `limen serve` prints when all is served: a URL for each API that works on any machine, and where the rest is."""

from limen.control.domain_urls import is_closed, urls_of_stages
from limen.control.overview import Endpoints
from limen.plan.freeze import all_apis, find_first_api
from limen.store.store import Store


def ready_lines(store: Store, endpoints: Endpoints, first_api: str | None) -> list[str]:
    """`ready: URL` for each stage that serves a deployment, and on domain names; names under .localhost do not resolve
    everywhere."""
    lines = []
    with store.reader() as reader:
        first = first_api or find_first_api(reader)
        on_domains = urls_of_stages(reader, endpoints.port)
        for _, api_id, api in all_apis(reader):
            for stage_name, stage in reader.list("Stage", api_id):
                if not stage.get("deploymentId"):
                    continue
                urls = on_domains.get((api_id, stage_name), [])
                lines += [f"ready: {url} ({api['name']}/{stage_name})" for url in urls]
                if is_closed(reader, api_id, stage_name):
                    continue
                own = endpoints.of_stage(api_id, api["_region"], stage_name)
                if api_id == first:
                    url = endpoints.on_bare_host(stage_name)
                else:
                    url = f"{endpoints.on_bare_host('$default')}/_api/{api_id}/{stage_name}"
                lines.append(f"ready: {url} ({api['name']}, {own})")
    return lines
