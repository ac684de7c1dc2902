"""Log lines of the processes themselves on standard error; access logs are a feature of stages and go elsewhere."""

import logging
import sys


def log_to_stderr(process: str) -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format=f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # its "Started server process" tells nobody anything
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # nor "1 change detected", of any file of a folder
