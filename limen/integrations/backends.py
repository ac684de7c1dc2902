"""What integrations of HTTP APIs call with: the objects of a worker that are behind each kind of backend."""

from msgspec import Struct

from limen.gateway.ports import PrivateAddresses
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.upstream.client import Upstream


class Backends(Struct, frozen=True):
    upstream: Upstream
    private_addresses: PrivateAddresses
    services: ServiceEndpoints
    functions: FunctionBackends
