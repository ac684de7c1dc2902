"""Which service and operation a request means.

Services are told apart by the credential scope of the signature, by X-Amz-Target, or by the path; two services may
share a signing name, as the two of API Gateway do. Of a service of the Query protocol, Action names the operation.
"""

from collections.abc import Iterable

from msgspec import Struct

from limen.aws.errors import AwsError, not_served, serialization_error, unknown_operation
from limen.aws.protocols import PROTOCOLS, AwsProtocol
from limen.aws.query import find_action
from limen.aws.request import AwsRequest, query_parameters
from limen.aws.routing import Router
from limen.aws.service_model import Operation, ServiceModel
from limen.aws.signature import missing_signature, wrong_service

_ENDING_IN_SLASH = frozenset({"lambda"})
"""Services whose older SDKs end some paths with a slash, as the model did in their time."""


class Meant(Struct, frozen=True):
    """An operation, and the labels of the path that led to it."""

    operation: Operation
    labels: dict[str, str]

    @property
    def protocol(self) -> AwsProtocol:
        return PROTOCOLS[self.operation.service.protocol]


class UnknownProtocolError(Exception):
    """Raised at start for a service whose protocol Limen does not speak."""


class ServiceDirectory:
    """All services of one AwsApi."""

    def __init__(self, services: Iterable[ServiceModel]) -> None:
        self._by_target: dict[str, ServiceModel] = {}
        self._by_action: dict[str, ServiceModel] = {}
        """By signing name: those whose operations a form names."""
        self._routers: dict[str, Router[tuple[ServiceModel, str]]] = {}
        """By signing name."""
        self._signing_names: set[str] = set()
        for service in services:
            self._add(service)

    def is_named_in_body(self, scope_service: str | None) -> bool:
        """Whether `find` needs the whole request."""
        return scope_service in self._by_action

    def find(self, request: AwsRequest, scope_service: str | None) -> Meant:
        """`scope_service`: the service in the credential scope, None where the request is not signed."""
        if scope_service is not None and scope_service not in self._signing_names:
            raise not_served(f"the AWS service '{scope_service}'")
        if scope_service in self._by_action:
            return _find_by_action(self._by_action[scope_service], find_action(request))
        target = request.find_header("x-amz-target")
        if target is not None:
            return self._find_by_target(target, scope_service)
        routers = self._routers
        candidates = list(routers.values()) if scope_service is None else [routers.get(scope_service)]
        query = _query_of(request)
        for router in candidates:
            try:
                found = router.find(request.method, request.path, query) if router is not None else None
            except ValueError:
                raise serialization_error("The path is not UTF-8") from None
            if found is not None:
                (service, name), labels = found
                return Meant(service.operation(name), labels)
        raise unknown_operation() if scope_service is not None else missing_signature()

    def _add(self, service: ServiceModel) -> None:
        protocol = PROTOCOLS.get(service.protocol)
        if protocol is None:
            known = ", ".join(sorted(PROTOCOLS))
            raise UnknownProtocolError(
                f"service {service.name} speaks {service.protocol}; Limen has serialisers for: {known}"
            )
        self._signing_names.add(service.signing_name)
        if protocol.is_named_in_body:
            self._by_action[service.signing_name] = service
        if service.target_prefix is not None:
            self._by_target[service.target_prefix] = service
        if protocol.is_routed_by_path:
            router = self._routers.setdefault(service.signing_name, Router())
            for name, method, uri in service.bindings:
                router.add(method, uri, (service, name))
                if service.name in _ENDING_IN_SLASH:
                    path, _, query = uri.partition("?")
                    router.add(method, f"{path}/?{query}", (service, name))

    def _find_by_target(self, target: str, scope_service: str | None) -> Meant:
        prefix, _, name = target.rpartition(".")
        service = self._by_target.get(prefix)
        if service is None or name not in service.operation_names:
            raise not_served(f"the operation '{target}' named by X-Amz-Target")
        if scope_service is not None and scope_service != service.signing_name:
            raise wrong_service(service.signing_name)
        return Meant(service.operation(name), {})


def _find_by_action(service: ServiceModel, action: str | None) -> Meant:
    if action not in service.operation_names:
        raise AwsError("InvalidAction", f"Could not find operation {action} for version {service.api_version}", 400)
    return Meant(service.operation(action), {})


def _query_of(request: AwsRequest) -> dict[str, str]:
    try:
        return dict(query_parameters(request.query))
    except ValueError:
        raise serialization_error("The query string is not UTF-8") from None
