"""Where the interpreter starts: `python bootstrap.py`, with all it has to know in variables of the environment.

This file is compiled anew at every start, as every script is, and therefore only finds the others.
"""

import sys
from os.path import dirname

PACKAGES = ("limen", "limen.functions", "limen.functions.bootstraps", "limen.functions.bootstraps.python")


def main() -> None:
    """Import our modules by their own names without putting Limen, or this folder, on the function's sys.path."""
    here = dirname(__file__)
    for name in PACKAGES:
        stand_in = type(sys)(name)
        stand_in.__path__ = [here]
        sys.modules[name] = stand_in
    from limen.functions.bootstraps.python import invocations, paths

    for name in PACKAGES:
        del sys.modules[name]
    if sys.path and sys.path[0] == here:
        del sys.path[0]
    paths.extend_search_path()
    invocations.run()


if __name__ == "__main__":
    main()
