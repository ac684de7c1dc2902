"""Memory of a worker: idle, with a thousand idle TLS connections, with a thousand clients sending 1 MB each."""

import asyncio
import sys
import time
from collections import Counter

import uvloop

from bench.client import CONTEXT, open_tls
from bench.limen_server import LimenServer, proxy_api, write_api
from bench.peers import fresh_directory, running_backend
from bench.processes import proportional_megabytes
from bench.report import Row, row
from bench.rounds import Options

CLIENTS = 1_000
BODY = 1024 * 1024
HOLD = 4.0
"""Seconds for which each client holds its last byte back, so that as much is buffered as Limen lets in."""
BUFFER_CAP = 256
"""Megabytes of bodies in flight that a worker allows by default."""
IDLE_LIMIT, CONNECTIONS_LIMIT = 60, 100


def measure_memory(options: Options) -> list[Row]:
    with running_backend() as backend:
        directory = fresh_directory("limen")
        server = LimenServer(directory, write_api(proxy_api(backend), directory / "openapi.json"))
        try:
            server.wait_until_ready()
            [worker] = server.worker_pids()
            return [_measure_idle(worker), _measure_connections(server.port, worker), *_measure_uploads(server, worker)]
        finally:
            server.stop()


def _measure_idle(worker: int) -> Row:
    time.sleep(1)
    return row("memory", "idle worker", proportional_megabytes(worker), "MB PSS", target=f"<= {IDLE_LIMIT}")


def _measure_connections(port: int, worker: int) -> Row:
    connections = []
    try:
        for _ in range(CLIENTS):
            connection = open_tls(port)
            connections.append(connection)
            connection.sendall(f"GET /orders/42 HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
            is_answered = connection.recv(4096).startswith(b"HTTP/1.1 200 ")
            if not is_answered:
                break
        time.sleep(1)
        return row(
            "memory",
            f"worker with {len(connections):,} idle TLS connections",
            proportional_megabytes(worker),
            "MB PSS",
            target=f"<= {CONNECTIONS_LIMIT}",
            is_sound=is_answered and len(connections) == CLIENTS,
        )
    finally:
        for connection in connections:
            connection.close()


def _measure_uploads(server: LimenServer, worker: int) -> list[Row]:
    peak, outcomes = uvloop.run(_upload_from_all(server.port, worker))
    print(f"  uploads: {dict(outcomes)}", file=sys.stderr)
    answered = outcomes["200"] + outcomes["503"]
    return [
        row(
            "memory",
            f"peak of a worker, {CLIENTS:,} clients sending 1 MB each (cap {BUFFER_CAP} MB)",
            peak,
            "MB PSS",
            target=f"<= {BUFFER_CAP + CONNECTIONS_LIMIT}",
        ),
        row("memory", "uploads answered with 200 or 503", answered, "", target=f">= {CLIENTS}"),
    ]


async def _upload_from_all(port: int, worker: int) -> tuple[float, Counter[str]]:
    """The highest PSS in megabytes, and how the uploads ended."""
    over = asyncio.Event()
    watching = asyncio.create_task(_watch_memory(worker, over))
    outcomes = await asyncio.gather(*(_upload(port, number / CLIENTS) for number in range(CLIENTS)))
    over.set()
    return await watching, Counter(outcomes)


async def _watch_memory(worker: int, over: asyncio.Event) -> float:
    peak = 0.0
    while not over.is_set():
        peak = max(peak, await asyncio.to_thread(proportional_megabytes, worker))
        await asyncio.sleep(0.05)
    return peak


async def _upload(port: int, delay: float) -> str:
    """The status, or the name of the error."""
    await asyncio.sleep(delay)
    try:
        async with asyncio.timeout(90):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=CONTEXT, server_hostname="localhost")
            writer.write(f"POST /upload HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {BODY}\r\n\r\n".encode())
            writer.write(b"x" * (BODY - 1))
            await asyncio.sleep(HOLD - delay)
            writer.write(b"x")
            status = (await reader.readuntil(b"\r\n")).split()[1].decode()
            writer.transport.abort()
            return status
    except (OSError, EOFError, TimeoutError) as error:
        return type(error).__name__
