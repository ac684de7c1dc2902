"""Who runs which function: the patterns of `[functions]` in limen.toml, the first that matches an ARN."""

import re
from collections.abc import Mapping
from fnmatch import translate

from limen.integrations.functions.name import FunctionName
from limen.integrations.service_endpoints import ServiceEndpoints

LOCAL = "local"
"""As the target of a pattern: the functions host of this machine, which runs what no pattern names."""
AWS = "aws"
"""As the target of a pattern: AWS Lambda, or the endpoint that is set for it."""


class FunctionBackends:
    """Owned by a worker. `socket` is where the functions host listens; `targets` are `local`, `aws` or a URL."""

    def __init__(
        self, services: ServiceEndpoints, *, socket: str = "", targets: Mapping[str, str] | None = None
    ) -> None:
        self.services = services
        self.socket = socket
        self._targets = [(re.compile(translate(pattern)), target) for pattern, target in (targets or {}).items()]

    def choose(self, function: FunctionName) -> str:
        """A pattern may match the ARN with its qualifier or without."""
        for pattern, target in self._targets:
            if pattern.match(function.arn) or (function.qualifier and pattern.match(function.qualified_arn)):
                return target
        return LOCAL
