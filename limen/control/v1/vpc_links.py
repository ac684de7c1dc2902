"""VPC links of REST APIs: names that private integrations lead to, each for a load balancer by its ARN."""

from collections.abc import Iterator
from typing import Any

from limen.aws.arn import find_arn
from limen.aws.errors import bad_request
from limen.aws.patch import PLAIN, REPLACE, PatchPath, PatchPaths, filled_text, text
from limen.control.call import Call
from limen.control.tags import checked_tags
from limen.control.v1 import quotas
from limen.control.v1.documents import answer, answer_page, find, fresh_id, given
from limen.store.documents import Document

NO_NAME = "Name cannot be empty"
READY = {"status": "AVAILABLE", "statusMessage": "Your vpc link is ready for use"}
STARTING = {"status": "PENDING"}
"""As AWS answers CreateVpcLink; here there is nothing to provision, and the next look finds the link ready."""

PATCH_PATHS = PatchPaths(
    [PatchPath("/name", (REPLACE,), filled_text(NO_NAME)), PatchPath("/description", (REPLACE,), text)], PLAIN
)


def create_vpc_link(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    quotas.check_room_in_account(call, "RestVpcLink")
    if not members.get("name"):
        raise bad_request(NO_NAME)
    targets = members["targetArns"]
    for arn in targets:
        if find_arn(arn) is None:
            raise bad_request(f"Invalid ARN. ARN is not well formed {arn}")
    if len(targets) != 1:
        raise bad_request("Exactly one target ARN must be specified for a vpc link")
    link: Document = {
        "id": fresh_id(call, "RestVpcLink", call.scope),
        "targetArns": targets,
        **given(members, ("name", "description")),
    }
    if tags := checked_tags(members):
        link["tags"] = tags
    _put(call, link | READY)
    return answer(link | STARTING)


def get_vpc_link(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_vpc_links(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "RestVpcLink", call.scope, members)


def update_vpc_link(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_put(call, PATCH_PATHS.apply(_find(call, members), members.get("patchOperations"))))


def delete_vpc_link(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    link_id = _find(call, members)["id"]
    users = ", ".join(_users(call, link_id))
    if users:
        raise bad_request(
            f"Cannot delete vpc link. Vpc link '{link_id}', is referenced in [{users}] in format of "
            "[Method:Resource:Api]."
        )
    call.documents.delete("RestVpcLink", call.scope, link_id)
    return {}


def _users(call: Call, link_id: str) -> Iterator[str]:
    """Method, resource and API of all that leads through a link."""
    for api_id, _ in call.documents.list("RestApi", call.scope):
        for _, method in call.documents.list("Method", api_id):
            if method.get("methodIntegration", {}).get("connectionId") == link_id:
                yield f"{method['httpMethod']}:{method['_resourceId']}:{api_id}"


def _put(call: Call, link: Document) -> Document:
    call.documents.put("RestVpcLink", call.scope, link["id"], link)
    return link


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find(call, "RestVpcLink", call.scope, members["vpclink_id"])
