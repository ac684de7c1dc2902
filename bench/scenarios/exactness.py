"""How many calls a limit lets in under five times its rate, to what a token bucket allows: workers, then nodes."""

from contextlib import ExitStack
from pathlib import Path

from bench.limen_server import LimenServer
from bench.paced import Paced, run_paced
from bench.peers import fresh_directory, running_backend
from bench.products import put_product, running_redis
from bench.report import Row, row
from bench.rounds import Options

RATE, BURST = 200.0, 100
OFFERED = 5 * RATE
SECONDS = 30.0
NODES = 3


def measure_exactness(options: Options) -> list[Row]:
    """Rows say the share of what was due that was admitted, in percent."""
    rows: list[Row] = []
    with running_backend() as backend:
        for workers in (1, 2):
            rows += _measure(f"{workers} worker{'s' * (workers > 1)}", 1, backend, f"--workers={workers}")
        with running_redis() as state:
            rows += _measure(f"{NODES} nodes on Redis", NODES, backend, f"--state={state}")
    return rows


def _measure(who: str, nodes: int, backend: int, *arguments: str) -> list[Row]:
    with ExitStack() as stack:
        directory = fresh_directory("limen")
        first = _start(stack, directory, 0, arguments)
        _, key = put_product(first, f"http://127.0.0.1:{backend}", rate=RATE, burst=BURST)
        servers = [first, *(_start(stack, directory, number, arguments) for number in range(1, nodes))]
        ports = [server.port for server in servers]
        paced = run_paced("/prod/sold/42", key, ports, rate=OFFERED, seconds=SECONDS)
    return _rows(who, paced)


def _start(stack: ExitStack, directory: Path, number: int, arguments: tuple[str, ...]) -> LimenServer:
    """All on one store, which each reads when it starts."""
    shared = (f"--store=sqlite:///{directory}/limen.db", f"--key-file={directory}/key")
    server = LimenServer(directory / str(number), arguments=(*arguments, *shared))
    stack.callback(server.stop)
    server.wait_until_ready()
    return server


def _rows(who: str, paced: Paced) -> list[Row]:
    due = BURST + RATE * paced.seconds
    admitted = paced.by_status.get("200", 0)
    is_sound = set(paced.by_status) <= {"200", "429"} and paced.sent > 4 * RATE * SECONDS
    metric = f"{who}: {admitted:,} admitted of {due:,.0f} due, {paced.sent:,} sent"
    share = admitted / due * 100
    return [
        row("exactness", metric, share, "%", target="<= 101", is_sound=is_sound),
        row("exactness", f"{who}: the same", share, "%", target=">= 98", is_sound=is_sound),
    ]
