"""Which service and operation a request means.

Services are told apart by the credential scope of the signature, by X-Amz-Target, or by the path; two services may
share a signing name, as the two of API Gateway do. Of a service of the Query protocol, Action names the operation.
"""

from collections.abc import Iterable

from msgspec import Struct

from limen.aws.errors import not_served, serialization_error, unknown_operation
from limen.aws.protocols import PROTOCOLS, QUERY, AwsProtocol
from limen.aws.query import check_action, find_action, is_form
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

    @property
    def path(self) -> str:
        """The operation's path with these labels: the same however they were escaped."""
        path = self.operation.uri.partition("?")[0]
        for name, value in self.labels.items():
            told = value.replace("%", "%25").replace("/", "%2F")
            path = path.replace(f"{{{name}}}", told).replace(f"{{{name}+}}", told)
        return path


class UnknownProtocolError(Exception):
    """Raised at start for a service whose protocol Limen does not speak."""


class ServiceDirectory:
    """All services of one AwsApi."""

    def __init__(self, services: Iterable[ServiceModel]) -> None:
        self._by_target: dict[str, ServiceModel] = {}
        self._routers: dict[str, Router[tuple[ServiceModel, str]]] = {}
        """By signing name."""
        self._signing_names: set[str] = set()
        self._by_query: dict[str, ServiceModel] = {}
        """Those of the Query protocol, by signing name."""
        for service in services:
            self._add(service)

    def is_query(self, head: AwsRequest, scope_service: str | None) -> bool:
        """Whether the operation is named in the body: then it has to be read before `find_by_action`.

        Where nobody signed, such a call is one that is written like a form.
        """
        if scope_service is not None:
            return scope_service in self._by_query
        if head.path != "/" or not self._by_query or head.find_header("x-amz-target") is not None:
            return False
        return is_form(head) or "Action=" in head.query

    def find_by_action(self, request: AwsRequest, scope_service: str | None) -> Meant:
        """The operation that a whole request of the Query protocol names."""
        if request.path != "/":
            raise unknown_operation()
        action, version = find_action(request)
        if scope_service is not None:
            service = self._by_query[scope_service]
        else:
            has_it = (each for each in self._by_query.values() if action in each.operation_names)
            found = next((each for each in has_it if version in ("", each.api_version)), None)
            if found is None:
                raise missing_signature()
            service = found
        check_action(service, action, version)
        return Meant(service.operation(action), {})

    def find(self, request: AwsRequest, scope_service: str | None) -> Meant:
        """`scope_service`: the service in the credential scope, None where the request is not signed."""
        if scope_service is not None and scope_service not in self._signing_names:
            raise not_served(f"the AWS service '{scope_service}'")
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
        if service.target_prefix is not None:
            self._by_target[service.target_prefix] = service
        if protocol is QUERY:
            self._by_query[service.signing_name] = service
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


def _query_of(request: AwsRequest) -> dict[str, str]:
    try:
        return dict(query_parameters(request.query))
    except ValueError:
        raise serialization_error("The query string is not UTF-8") from None
