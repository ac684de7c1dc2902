"""What runs after an exchange of a stage that somebody may look at."""

from limen.features.explain.entry import render_entry, summarise
from limen.features.explain.watch import Watch
from limen.features.traces import end_trace
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import Record


def compile_explanation(watch: Watch | None) -> Record | None:
    """A record that keeps what was decided while somebody looks."""
    if watch is None:
        return None

    def remember(exchange: Exchange) -> None:
        ring = watch.ring
        if ring is not None:
            trace = end_trace(exchange)
            summary = summarise(exchange, trace)
            ring.put(summary["requestId"], summary, render_entry(summary, exchange, trace))

    return remember
