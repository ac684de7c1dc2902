"""Makes an API what an import says: writes what differs, removes what the document does not name.

What stays equal keeps its id and is not written, so that a worker compiles only what changed.
"""

from collections import defaultdict
from typing import Any

from limen.aws.errors import AwsError
from limen.control.call import Call
from limen.control.openapi.import_http import Imported, ImportedRoute
from limen.control.openapi.shapes import Message, location
from limen.control.openapi.source import Pointer
from limen.control.v2 import quotas
from limen.control.v2.authorizers import put_authorizer, remove_authorizer
from limen.control.v2.integrations import put_integration, remove_integration
from limen.control.v2.routes import put_route, remove_route
from limen.store.documents import Document

# What AWS fills in where an import says nothing. A row that is wrong or missing costs a needless check, no more:
# what seems to differ is put, and what is put is compared again.
FILLED_IN: dict[str, dict[str, Any]] = {
    "Route": {"apiKeyRequired": False, "authorizationType": "NONE"},
    "Integration": {"connectionType": "INTERNET", "payloadFormatVersion": "1.0", "timeoutInMillis": 30000},
    "Authorizer": {},
}
_REFUSALS = ("BadRequestException", "NotFoundException", "ConflictException")


def apply(call: Call, api_id: str, imported: Imported) -> None:
    """Adds to `imported.warnings` what cannot be made."""
    _Application(call, api_id, imported).run()


class _Application:
    def __init__(self, call: Call, api_id: str, imported: Imported) -> None:
        self._call = call
        self._api_id = api_id
        self._imported = imported
        self._routes = {route["routeKey"]: route for route in self._existing("Route")}
        self._integrations = {item["integrationId"]: item for item in self._existing("Integration")}
        self._authorizers = {item["name"]: item for item in self._existing("Authorizer")}

    def run(self) -> None:
        authorizer_ids = self._put_authorizers()
        self._leave_out_unguarded_routes(authorizer_ids)
        integration_ids = self._put_integrations()
        kept_routes = self._put_routes(authorizer_ids, integration_ids)
        for key, route in self._routes.items():
            if key not in kept_routes:
                remove_route(self._call, self._api_id, route["routeId"])
        used = {integration_ids.get(self._imported.routes[key].integration or "") for key in kept_routes}
        for integration_id in (self._integrations.keys() | set(integration_ids.values())) - used:
            remove_integration(self._call, self._api_id, integration_id)
        for authorizer in self._authorizers.values():
            if authorizer["authorizerId"] not in authorizer_ids.values():
                remove_authorizer(self._call, self._api_id, authorizer["authorizerId"])

    def _existing(self, noun: str) -> list[Document]:
        return [document for _, document in self._call.documents.list(noun, self._api_id)]

    def _put_authorizers(self) -> dict[str, str]:
        """Ids by name of those that could be made."""
        ids = {}
        for name, members in self._imported.authorizers.items():
            existing = self._authorizers.get(name)
            if existing is not None and _is_equal("Authorizer", existing, members):
                ids[name] = existing["authorizerId"]
                continue
            try:
                self._check_room("Authorizer", existing)
                ids[name] = put_authorizer(
                    self._call, self._api_id, members, existing["authorizerId"] if existing else None
                )
            except AwsError as error:
                self._warn(f"Authorizer '{name}'", error, ("components", "securitySchemes", name))
        return ids

    def _leave_out_unguarded_routes(self, authorizer_ids: dict[str, str]) -> None:
        """A route without the authorizer that it asks for would be open to everybody."""
        for route in list(self._imported.routes.values()):
            if route.authorizer is None or route.authorizer in authorizer_ids:
                continue
            text = f"Unable to create Route '{route.key}': Authorizer '{route.authorizer}' could not be created"
            self._imported.warnings.append(Message(text, route.pointer, is_loss=True))
            del self._imported.routes[route.key]
        asked = {route.integration for route in self._imported.routes.values()}
        for name in self._imported.integrations.keys() - asked:
            del self._imported.integrations[name]

    def _put_integrations(self) -> dict[str, str]:
        """Ids by the names of the import. An integration takes over the one that a route of its own has now."""
        ids: dict[str, str] = {}
        unclaimed = dict(self._integrations)
        candidates = self._integrations_of_routes()
        for name, members in self._imported.integrations.items():
            for integration_id in candidates[name]:
                existing = unclaimed.get(integration_id)
                if existing is not None and _is_equal("Integration", existing, members):
                    ids[name] = integration_id
                    del unclaimed[integration_id]
                    break
        for name, members in self._imported.integrations.items():
            if name not in ids:
                free = next((candidate for candidate in candidates[name] if candidate in unclaimed), None)
                self._put_integration(ids, name, members, free)
                unclaimed.pop(free or "", None)
        return ids

    def _integrations_of_routes(self) -> dict[str, list[str]]:
        """For each integration of the import, those that its routes have now; each but once."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for route in self._imported.routes.values():
            existing = self._routes.get(route.key)
            if route.integration is not None and existing is not None and "target" in existing:
                found[route.integration][existing["target"].removeprefix("integrations/")] = None
        return defaultdict(list, {name: list(ids) for name, ids in found.items()})

    def _put_integration(self, ids: dict[str, str], name: str, members: dict[str, Any], existing: str | None) -> None:
        try:
            self._check_room("Integration", existing)
            ids[name] = put_integration(self._call, self._api_id, members, existing)
        except AwsError as error:
            pointer = self._imported.integration_pointers[name]
            self._warn(f"Integration {location(pointer)}", error, pointer)

    def _put_routes(self, authorizer_ids: dict[str, str], integration_ids: dict[str, str]) -> set[str]:
        """The keys of the routes that the API has now."""
        kept = set()
        for route in self._imported.routes.values():
            members = _route_members(route, authorizer_ids, integration_ids)
            existing = self._routes.get(route.key)
            try:
                if existing is None or not _is_equal("Route", existing, members):
                    self._check_room("Route", existing)
                    put_route(self._call, self._api_id, members, existing["routeId"] if existing else None)
            except AwsError as error:
                self._warn(f"Route '{route.key}'", error, route.pointer)
                continue
            kept.add(route.key)
        return kept

    def _check_room(self, noun: str, existing: Any) -> None:
        if existing is None:
            quotas.check_room_in_api(self._call, noun, self._api_id)

    def _warn(self, what: str, error: AwsError, pointer: Pointer) -> None:
        if error.code not in _REFUSALS:
            raise error
        message = f"Unable to create {what}: {error.message}"
        self._imported.warnings.append(Message(message, pointer, is_loss=True))


def _route_members(
    route: ImportedRoute, authorizer_ids: dict[str, str], integration_ids: dict[str, str]
) -> dict[str, Any]:
    members = dict(route.members)
    if route.integration in integration_ids:
        members["target"] = f"integrations/{integration_ids[route.integration]}"
    if route.authorizer is not None:
        members["authorizerId"] = authorizer_ids[route.authorizer]
    return members


def _is_equal(noun: str, existing: Document, members: dict[str, Any]) -> bool:
    """Whether the document is what putting `members` would make it."""
    own_id = f"{noun[0].lower()}{noun[1:]}Id"
    seen = {name: value for name, value in existing.items() if name != own_id and not name.startswith("_")}
    return seen == {**FILLED_IN[noun], **members}
