"""Every operation of the first API of API Gateway that Limen has, by name."""

from collections.abc import Callable
from typing import Any, TypeAlias

from limen.control.call import Call

Operation: TypeAlias = Callable[[Call, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {}
