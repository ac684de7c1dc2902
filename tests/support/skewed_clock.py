"""Processes whose clock of the day is wrong: Python of theirs loads a module at start that shifts what time.time says.

Clocks of the kernel stay right, so what is shifted is what Limen reads itself.
"""

import os
from pathlib import Path

SHIFT = """
import time
_time, _time_ns, _by = time.time, time.time_ns, {seconds}
time.time = lambda: _time() + _by
time.time_ns = lambda: _time_ns() + int(_by * 1e9)
"""


def skewed(directory: Path, seconds: float) -> dict[str, str]:
    """What to put over the environment of a process; its children have it too."""
    place = directory / f"clock{seconds:+}"
    place.mkdir(parents=True, exist_ok=True)
    (place / "sitecustomize.py").write_text(SHIFT.format(seconds=seconds))
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(place), os.environ.get("PYTHONPATH"))))}
