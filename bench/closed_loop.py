"""Clients that ask again as soon as they are answered: `python -m bench.closed_loop ADDRESS PATH SECONDS CLIENTS`.

ADDRESS is a Unix socket, or HOST:PORT spoken to over TLS. Prints how many were answered, failures and the latency's
quantiles as JSON. The same client asks both sides of a comparison, so that its own cost falls out of the difference.
"""

import asyncio
import json
import subprocess
import sys
import time
from statistics import quantiles

import uvloop
from msgspec import Struct

from bench.client import CONTEXT
from bench.machine import LOAD_CORE, pin
from bench.processes import BenchError

WARM_UP = 1.0


class Latencies(Struct, frozen=True):
    answered: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def run_closed_loop(
    address: str, path: str, *, seconds: float, clients: int, core: int | None = LOAD_CORE
) -> Latencies:
    """In a process of its own, on `core` where one is given."""
    command = [sys.executable, "-m", "bench.closed_loop", address, path, str(seconds), str(clients)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if core is not None:
        pin(child.pid, core)
    printed, _ = child.communicate(timeout=seconds + 60)
    if child.returncode != 0:
        raise BenchError(f"the load on {address} broke")
    return Latencies(**json.loads(printed))


class AtOnce(Struct, frozen=True):
    """So many asked at once: seconds until the last was answered."""

    seconds: float
    failed: int


def run_at_once(port: int, path: str, clients: int) -> AtOnce:
    """Connections are opened first; then each client asks once."""
    return uvloop.run(_ask_at_once(f"127.0.0.1:{port}", path, clients))


async def _ask_at_once(address: str, path: str, clients: int) -> AtOnce:
    opened = [await _open(address) for _ in range(clients)]
    began = time.monotonic()
    answered = await asyncio.gather(*(_ask_once(reader, writer, address, path) for reader, writer in opened))
    took = time.monotonic() - began
    for _, writer in opened:
        writer.close()
    return AtOnce(took, sum(not is_good for is_good in answered))


async def ask_again_and_again(address: str, path: str, seconds: float, clients: int) -> Latencies:
    ends = time.monotonic() + WARM_UP + seconds
    begins = time.monotonic() + WARM_UP
    results = await asyncio.gather(*(_ask(address, path, begins, ends) for _ in range(clients)))
    latencies = [latency for found, _ in results for latency in found]
    if len(latencies) < 2:
        raise BenchError(f"nothing was answered by {address}")
    points = quantiles(latencies, n=100)
    return Latencies(len(latencies), sum(failed for _, failed in results), seconds, points[49] * 1e3, points[98] * 1e3)


async def _ask(address: str, path: str, begins: float, ends: float) -> tuple[list[float], int]:
    reader, writer = await _open(address)
    latencies: list[float] = []
    failed = 0
    while (began := time.monotonic()) < ends:
        is_good = await _ask_once(reader, writer, address, path)
        if began >= begins:
            latencies.append(time.monotonic() - began)
            failed += not is_good
    writer.close()
    return latencies, failed


async def _ask_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str, path: str) -> bool:
    """Whether the answer was 200."""
    host = "localhost" if address.startswith("/") else f"localhost:{address.rpartition(':')[2]}"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
    if length:
        await reader.readexactly(length)
    return head[9:12] == b"200"


async def _open(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.startswith("/"):
        return await asyncio.open_unix_connection(address)
    host, _, port = address.rpartition(":")
    return await asyncio.open_connection(host, int(port), ssl=CONTEXT, server_hostname="localhost")


def main() -> None:
    address, path, seconds, clients = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    found = uvloop.run(ask_again_and_again(address, path, seconds, clients))
    print(json.dumps({name: getattr(found, name) for name in found.__struct_fields__}))


if __name__ == "__main__":
    main()
