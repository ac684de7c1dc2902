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
        where = f"in the code, a layer, a .venv beside the code, or the environment of {sys.executable}"
        raise FunctionError(
            "Limen.DebuggerMissing", f"debugpy is not installed for this function: install it {where}"
        ) from None
    debugpy.listen(("127.0.0.1", int(port)))
    sys.stdout.write(f"debugpy waits for an editor at 127.0.0.1:{port}\n")
    sys.stdout.flush()
    debugpy.wait_for_client()
