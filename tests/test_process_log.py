"""What processes write on standard error."""

import subprocess
import sys

LOGS = """
import logging
from limen.process_log import log_to_stderr
log_to_stderr("control")
logging.getLogger("uvicorn.error").info("Started server process")
logging.getLogger("uvicorn.error").error("broken")
logging.getLogger("limen.control").info("ready")
"""


def test_lines_name_their_process_and_the_server_library_is_quiet() -> None:
    done = subprocess.run([sys.executable, "-c", LOGS], capture_output=True, text=True, timeout=30, check=True)

    lines = [line.split(" ", 2)[2] for line in done.stderr.splitlines()]

    assert lines == ["control ERROR uvicorn.error: broken", "control INFO limen.control: ready"]
