"""Domain names and APIs as they are stored, for tests of what is told of them."""

from typing import Any

from limen.store import Store

SCOPE = "000000000000/us-east-1"
PLACE = {"_account": "000000000000", "_region": "us-east-1"}


def put_api(store: Store, api_id: str, *stages: str, closed: bool = False, deployed: bool = True) -> None:
    """With a deployment of each stage, which froze whether the endpoint is closed."""
    with store.transaction() as documents:
        api = {"name": f"name of {api_id}", "disableExecuteApiEndpoint": closed, "createdDate": "2026", **PLACE}
        documents.put("Api", SCOPE, api_id, api)
    for stage in stages if deployed else ():
        with store.transaction() as documents:
            documents.put("Deployment", api_id, f"of-{stage}", {"_revision": documents.revision})
            documents.put("Stage", api_id, stage, {"stageName": stage, "deploymentId": f"of-{stage}"})


def put_domain(store: Store, name: str, *mappings: tuple[str, str, str], **more: Any) -> None:
    """`mappings`: key, id of an API, stage, which may be empty."""
    domain = {
        "domainName": name,
        "domainNameConfigurations": [{"certificateArn": "arn:1"}],
        "routingMode": "API_MAPPING_ONLY",
        **PLACE,
    }
    with store.transaction() as documents:
        documents.put("DomainName", SCOPE, name, domain | more)
        for index, (key, api_id, stage) in enumerate(mappings):
            mapping = {"apiMappingId": f"m{index}", "apiId": api_id, "apiMappingKey": key, "stage": stage}
            shown = {member: value for member, value in mapping.items() if value}
            documents.put("ApiMapping", f"domain/{name}", f"m{index}", shown)
