"""A proxied request, beside nginx and Caddy: CPU, throughput and latency of plain routes, with logs, with bodies."""

from statistics import median

from bench.load import Request
from bench.nginx import SIZES
from bench.peers import running_backend, running_peers
from bench.report import Row, ratio_row, row
from bench.rounds import Options, Round, run_rounds

TEN_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9",
    "Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJiZW5jaCJ9.c2lnbmF0dXJl",
    "Cache-Control": "no-cache",
    "Cookie": "session=0123456789abcdef; theme=dark",
    "Origin": "https://shop.example.com",
    "Referer": "https://shop.example.com/orders",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "X-Customer": "customer-7",
}

Rounds = dict[str, list[Round]]


def measure_plain(options: Options) -> list[Row]:
    with running_backend() as backend, running_peers(options.peers, backend) as peers:
        rounds = run_rounds(peers, Request("/orders/42"), options)
    rows = _against_nginx("plain", rounds, cpu="<= 1.8", rate=">= 0.55")
    if "caddy" in rounds and "limen" in rounds:
        rows.append(_rate_row("plain", "caddy", rounds, ">= 2"))
    return rows + _latency_rows("plain", rounds)


def measure_logs(options: Options) -> list[Row]:
    names = tuple(name for name in options.peers if name != "caddy")
    with running_backend() as backend, running_peers(names, backend, is_logging=True) as peers:
        rounds = run_rounds(peers, Request("/orders/42", TEN_HEADERS), options)
    return _against_nginx("logs", rounds, cpu="<= 2.3", rate=None) + _latency_rows("logs", rounds)


def measure_bodies(options: Options) -> list[Row]:
    names = tuple(name for name in options.peers if name != "caddy")
    rows: list[Row] = []
    with running_backend() as backend, running_peers(names, backend) as peers:
        for name, size in SIZES.items():
            requests = {"down": Request(f"/download/{name}"), "up": Request("/upload", body_bytes=size)}
            for direction, request in requests.items():
                rounds = run_rounds(peers, request, options)
                rows += _against_nginx(f"body {name} {direction}", rounds, cpu=None, rate=">= 0.7")
    return rows


def _against_nginx(scenario: str, rounds: Rounds, *, cpu: str | None, rate: str | None) -> list[Row]:
    if not {"nginx", "limen"} <= rounds.keys():
        return [row(scenario, f"{name} CPU per request", _median_cpu(rounds[name]), "us") for name in rounds]
    return [
        ratio_row(
            scenario,
            "CPU per request to nginx",
            [measured.cpu_us for measured in rounds["limen"]],
            [measured.cpu_us for measured in rounds["nginx"]],
            "us",
            target=cpu,
            is_sound=_is_sound(rounds["limen"]),
        ),
        _rate_row(scenario, "nginx", rounds, rate),
    ]


def _rate_row(scenario: str, peer: str, rounds: Rounds, target: str | None) -> Row:
    return ratio_row(
        scenario,
        f"throughput to {peer}",
        [measured.load.rate for measured in rounds["limen"]],
        [measured.load.rate for measured in rounds[peer]],
        "1/s",
        target=target,
        is_sound=_is_sound(rounds["limen"]),
    )


def _latency_rows(scenario: str, rounds: Rounds) -> list[Row]:
    return [
        row(scenario, f"{name} {quantile}", median(getattr(measured.load, field) for measured in rounds[name]), "ms")
        for name in rounds
        for quantile, field in (("p50", "p50_ms"), ("p99", "p99_ms"))
    ]


def _median_cpu(rounds: list[Round]) -> float:
    return median(measured.cpu_us for measured in rounds)


def _is_sound(rounds: list[Round]) -> bool:
    """A proxy that fails requests is fast and worth nothing."""
    return not any(measured.load.failed for measured in rounds)
