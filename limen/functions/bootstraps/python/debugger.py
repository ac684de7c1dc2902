"""`limen serve --debug NAME`: the function waits under debugpy until an editor is attached."""

import os
import sys

from limen.functions.bootstraps.python.faults import FunctionError


def wait_for_client() -> None:
    """Does nothing unless debugging was asked for. debugpy is looked for where the function's own imports are."""
    port = os.environ.pop("_LIMEN_DEBUG_PORT", "")
    if not port:
        return
    try:
        import debugpy
    except ImportError:
        raise FunctionError(
            "Limen.DebuggerMissing",
            f"debugpy is not installed for this function: install it in the code, a layer, {_more_places()}",
        ) from None
    debugpy.listen(("127.0.0.1", int(port)))
    sys.stdout.write(f"debugpy waits for an editor at 127.0.0.1:{port}\n")
    sys.stdout.flush()
    debugpy.wait_for_client()


def _more_places() -> str:
    if sys.flags.no_site:  # what is installed beside this interpreter is not seen
        return "a .venv beside the code, or with a Python that [functions.runtimes] names"
    return f"a .venv beside the code, or the environment of {sys.executable}"
