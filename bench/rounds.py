"""Rounds: the same load on each peer, one after the other, again and again, on a quiet machine."""

import sys
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from bench.load import Load, Request, run_wrk
from bench.machine import LOAD_CORE, MAX_FOREIGN, wait_until_idle, with_foreign_load
from bench.peers import SCRATCH, Peer

Result = TypeVar("Result")

WARM_UP = 1.0
"""Seconds of load on each peer before its first round."""
TRIES = 3
"""Rounds during which others used the machine are repeated so often; the quietest counts."""


class Options(Struct, frozen=True):
    """What the command line chooses."""

    rounds: int | None = None
    seconds: float = 4.0
    peers: tuple[str, ...] = ("nginx", "limen", "caddy")
    idle_timeout: float = 20.0

    def once(self) -> "Options":
        """The same with one round."""
        return replace(self, rounds=1)

    def rounds_or(self, default: int) -> int:
        return self.rounds or default


class Round(Struct, frozen=True):
    """One load on one peer."""

    load: Load
    cpu_us: float
    """Of the peer's whole process tree, per request."""
    foreign: float
    """Cores that others used meanwhile."""


def run_rounds(peers: list[Peer], request: Request, options: Options) -> dict[str, list[Round]]:
    """Interleaved: all peers in turn, so that a change of the machine meets all of them."""
    rounds: dict[str, list[Round]] = {peer.name: [] for peer in peers}
    for peer in peers:
        _load(peer, request, WARM_UP)
    for number in range(options.rounds_or(3)):
        for peer in peers:
            measured = _run_quiet_round(peer, request, options)
            rounds[peer.name].append(measured)
            _tell(number, peer, measured)
    return rounds


def run_quietly(measure: Callable[[], Result], idle_timeout: float) -> tuple[Result, float]:
    """Measures again while others use the machine, TRIES times at most: the quietest one, and the cores of others."""
    best: tuple[Result, float] | None = None
    for _ in range(TRIES):
        wait_until_idle(idle_timeout)
        measured = with_foreign_load(measure)
        if best is None or measured[1] < best[1]:
            best = measured
        if measured[1] <= MAX_FOREIGN:
            break
    assert best is not None
    return best


def _run_quiet_round(peer: Peer, request: Request, options: Options) -> Round:
    def measure() -> tuple[Load, float]:
        before = peer.running.cpu_seconds()
        load = _load(peer, request, options.seconds)
        return load, peer.running.cpu_seconds() - before

    (load, spent), foreign = run_quietly(measure, options.idle_timeout)
    return Round(load, spent / max(load.requests, 1) * 1e6, foreign)


def _load(peer: Peer, request: Request, seconds: float) -> Load:
    asked = replace(request, path=peer.prefix + request.path, headers={**request.headers, **peer.headers})
    return run_wrk(peer.url, asked, seconds=seconds, core=LOAD_CORE, scratch=SCRATCH)


def _tell(number: int, peer: Peer, measured: Round) -> None:
    load = measured.load
    print(
        f"  round {number + 1} {peer.name:6} {load.rate:9,.0f}/s {measured.cpu_us:8.1f} us CPU "
        f"p50 {load.p50_ms:.2f} ms p99 {load.p99_ms:.2f} ms"
        + (f" FAILED {load.failed}" if load.failed else "")
        + (f" (others used {measured.foreign:.2f} cores)" if measured.foreign > MAX_FOREIGN else ""),
        file=sys.stderr,
        flush=True,
    )
