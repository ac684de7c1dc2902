"""Finding a handler by its name, `package.module.function` or `folder/module.function`."""

from __future__ import annotations

import sys
from importlib import import_module

from limen.functions.bootstraps.python.faults import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def find_handler(name: str) -> Callable[[Any, Any], Any]:
    """Raises FunctionError in AWS's words, or whatever the function's module raises while it is imported."""
    module_name, dot, attribute = name.rpartition(".")
    if not dot:
        problem = "not enough values to unpack (expected 2, got 1)"
        raise FunctionError("Runtime.MalformedHandlerName", f"Bad handler '{name}': {problem}")
    if module_name.split(".")[0] in sys.builtin_module_names:
        problem = f"Cannot use built-in module {module_name} as a handler module"
        raise FunctionError("Runtime.BuiltInModuleConflict", problem)
    try:
        module = import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise FunctionError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        stack = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise FunctionError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", stack
        ) from error
    try:
        handler: Callable[[Any, Any], Any] = getattr(module, attribute)
    except AttributeError:
        problem = f"Handler '{attribute}' missing on module '{module_name}'"
        raise FunctionError("Runtime.HandlerNotFound", problem) from None
    return handler
