"""Access associations belong to private custom domain names, which Limen does not have: refused by name."""

from typing import Any

from limen.aws.errors import not_implemented
from limen.control.call import Call
from limen.control.v1.documents import items

_WHAT = "private custom domain names and their access associations"


def create_domain_name_access_association(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    raise not_implemented(_WHAT)


def get_domain_name_access_associations(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return items([], None)


def delete_domain_name_access_association(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    raise not_implemented(_WHAT)


def reject_domain_name_access_association(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    raise not_implemented(_WHAT)
