"""Starts the orders backend and Limen before it, and stops both on Ctrl-C; further arguments go to `limen serve`."""

import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOW_TO_CALL = """
Starting the orders API and its backend. Once it is ready, in another terminal:

    curl --cacert .limen/ca.pem https://localhost:8443/orders/42

Ctrl-C stops both.
"""


def main() -> int:
    """The exit code: that of the process which ended first, 0 after Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    limen = Path(sys.executable).with_name("limen")
    print(HOW_TO_CALL, flush=True)
    processes = [
        subprocess.Popen([sys.executable, HERE / "backend.py"]),
        subprocess.Popen([limen, "serve", HERE / "openapi.yaml", *sys.argv[1:]]),
    ]
    try:
        return wait_for_first(processes)
    except KeyboardInterrupt:
        return 0
    finally:
        stop(processes)


def wait_for_first(processes: list[subprocess.Popen[bytes]]) -> int:
    while True:
        for process in processes:
            if (code := process.poll()) is not None:
                return code
        time.sleep(0.1)


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """The gateway first, so that it can drain; a second Ctrl-C ends the wait."""
    for process in reversed(processes):
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(timeout=40)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
