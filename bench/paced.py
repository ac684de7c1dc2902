"""Requests at a pace, from a process of its own: `python -m bench.paced PATH KEY RATE SECONDS PORT...`.

Spread over the ports in turn; each connection sends its next request when it is due and the last one was answered.
Prints answers by status and the seconds between the first and the last request as JSON.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter

import uvloop
from msgspec import Struct

from bench.client import CONTEXT
from bench.machine import LOAD_CORE, pin
from bench.processes import BenchError

CONNECTIONS = 16
"""For each port."""


class Paced(Struct, frozen=True):
    """What came of a load."""

    by_status: dict[str, int]
    seconds: float

    @property
    def sent(self) -> int:
        return sum(self.by_status.values())


def run_paced(path: str, key: str, ports: list[int], *, rate: float, seconds: float) -> Paced:
    command = [sys.executable, "-m", "bench.paced", path, key, str(rate), str(seconds), *map(str, ports)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    pin(child.pid, LOAD_CORE)
    printed, _ = child.communicate(timeout=seconds + 60)
    if child.returncode != 0:
        raise BenchError("the paced load broke")
    return Paced(**json.loads(printed))


async def ask_at_a_pace(path: str, key: str, rate: float, seconds: float, ports: list[int]) -> Paced:
    connections = [await _open(port) for _ in range(CONNECTIONS) for port in ports]
    period = len(connections) / rate
    counted: Counter[str] = Counter()
    began = time.monotonic()
    sent = await asyncio.gather(
        *(
            _ask(*connection, path, key, began + number / rate, period, began + seconds, counted)
            for number, connection in enumerate(connections)
        )
    )
    return Paced(dict(counted), max(sent) - began)


async def _open(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=CONTEXT, server_hostname="localhost")
    return reader, writer, port


async def _ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    port: int,
    path: str,
    key: str,
    due: float,
    period: float,
    ends: float,
    counted: Counter[str],
) -> float:
    """When the last request was sent."""
    last = due
    request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nx-api-key: {key}\r\n\r\n".encode()
    while due < ends:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        last = time.monotonic()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
        if length:
            await reader.readexactly(length)
        counted[head[9:12].decode()] += 1
        due += period
    writer.close()
    return last


def main() -> None:
    path, key, rate, seconds, *ports = sys.argv[1:]
    result = uvloop.run(ask_at_a_pace(path, key, float(rate), float(seconds), [int(port) for port in ports]))
    print(json.dumps({"by_status": result.by_status, "seconds": result.seconds}))


if __name__ == "__main__":
    main()
