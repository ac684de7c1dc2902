"""VPC links: names that private integrations lead to; the address of each comes from the settings of the process."""

import re
from collections.abc import Iterator
from typing import Any

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.tags import check_tags
from limen.control.v2 import quotas
from limen.control.v2.checks import check_lengths
from limen.control.v2.documents import answer_page, find, merge
from limen.store.documents import Document

READY = {"vpcLinkStatus": "AVAILABLE", "vpcLinkStatusMessage": "VPC link is ready to route traffic"}
STARTING = {"vpcLinkStatus": "PENDING", "vpcLinkStatusMessage": "VPC link is provisioning ENIs"}
"""As AWS answers CreateVpcLink; here there is nothing to provision, and the next look finds the link ready."""
_ID = re.compile(r"[\w-]{1,255}")


def create_vpc_link(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    quotas.check_room_in_account(call, "VpcLink")
    subnets, groups = members.get("subnetIds") or [], members.get("securityGroupIds") or []
    if not subnets:
        raise bad_request("SubnetIds for a vpc link cannot be empty")
    for identifier in (*subnets, *groups):
        if not _ID.fullmatch(identifier):
            raise bad_request(f"Invalid subnet or security group identifier specified: {identifier}")
    quotas.check_count(call, "subnets", "this VPC link", len(subnets), quotas.SUBNETS_PER_VPC_LINK)
    tags = members.get("tags") or {}
    check_tags(tags)
    link: Document = {
        "createdDate": call.now,
        "name": members.get("name", ""),
        "securityGroupIds": groups,
        "subnetIds": subnets,
        "tags": tags,
        "vpcLinkId": fresh_id(call, "VpcLink", call.scope),
        "vpcLinkVersion": "V2",
        **READY,
    }
    return answer(_store(call, link)) | STARTING


def get_vpc_link(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_vpc_links(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "VpcLink", call.scope, members)


def update_vpc_link(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_store(call, merge(_find(call, members), given(members, ("name",)))))


def delete_vpc_link(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    link_id = _find(call, members)["vpcLinkId"]
    users = ", ".join(_users(call, link_id))
    if users:
        raise bad_request(
            f"Cannot delete vpc link. Vpc link '{link_id}', is referenced in [{users}] in format of [Method:Resource]."
        )
    call.documents.delete("VpcLink", call.scope, link_id)
    return {}


def _store(call: Call, link: Document) -> Document:
    if not link.get("name"):
        raise bad_request("Name cannot be empty")
    check_lengths(link)
    call.documents.put("VpcLink", call.scope, link["vpcLinkId"], link)
    return link


def _users(call: Call, link_id: str) -> Iterator[str]:
    """Method and integration of all that leads through a link."""
    for api_id, _ in call.documents.list("Api", call.scope):
        for integration_id, integration in call.documents.list("Integration", api_id):
            if integration.get("connectionId") == link_id:
                yield f"{integration.get('integrationMethod', 'ANY')}:{integration_id}"


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find(call, "VpcLink", call.scope, members["vpcLinkId"])
