"""Who may use a version of a layer: kept and told; in Limen there is one account, which may use all of its own."""

from typing import Any

from limen.control.call import Call
from limen.control.functions.documents import LAYER_VERSION
from limen.control.functions.errors import no_policy, not_found
from limen.control.functions.names import read_layer_id
from limen.control.functions.policies import Owner, add_statement, answer_policy, read_principal, remove_statement
from limen.store.documents import Document


def add_layer_version_permission(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    layer = read_layer_id(call, members["LayerName"])
    statement: Document = {
        "Sid": members["StatementId"],
        "Effect": "Allow",
        "Principal": read_principal(members["Principal"]),
        "Action": members["Action"],
        "Resource": layer.arn_of(members["VersionNumber"]),
    }
    if members.get("OrganizationId"):
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": members["OrganizationId"]}}
    return add_statement(call, _find_owner(call, members), statement, members)


def remove_layer_version_permission(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    remove_statement(call, _find_owner(call, members), members)
    return {}


def get_layer_version_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_policy(call, _find_owner(call, members))


def _find_owner(call: Call, members: dict[str, Any]) -> Owner:
    layer = read_layer_id(call, members["LayerName"])
    arn = layer.arn_of(members["VersionNumber"])
    if call.documents.get(LAYER_VERSION, layer.parent, str(members["VersionNumber"])) is None:
        raise not_found(f"Layer version {arn} does not exist.")
    return Owner(layer.parent, str(members["VersionNumber"]), "GetLayerVersionPolicy", no_policy)
