"""Rows: what was measured, against what, and whether it is good enough."""

import json
from pathlib import Path
from statistics import median
from typing import Literal

from msgspec import Struct, to_builtins
from rich.console import Console
from rich.table import Table

BINOMIAL_MIN = 6
"""With fewer rounds there is no 95 % interval of a median."""


class Row(Struct, frozen=True):
    """`ratio` is `value` to `baseline`; the target is on the ratio where there is one, else on the value."""

    scenario: str
    metric: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    target: str | None = None
    """"<= 1.8" or ">= 0.55"; None: for information."""
    ok: bool = True
    interval: tuple[float, float] | None = None
    """95 % of the ratio's median; printed, not written."""


def row(
    scenario: str,
    metric: str,
    value: float,
    unit: str,
    *,
    target: str | None = None,
    is_sound: bool = True,
) -> Row:
    """One figure by itself; `is_sound` is False when requests failed, and then the target is missed."""
    return Row(scenario, metric, value, unit, target=target, ok=is_sound and _reaches(value, value, target))


def ratio_row(
    scenario: str,
    metric: str,
    values: list[float],
    baselines: list[float],
    unit: str,
    *,
    target: str | None = None,
    is_sound: bool = True,
) -> Row:
    """Rounds of two forms that were run in turn; missed only where the whole 95 % interval lies beyond the target."""
    ratios = [value / baseline for value, baseline in zip(values, baselines, strict=True)]
    low, high = interval_of_median(ratios)
    return Row(
        scenario,
        metric,
        median(values),
        unit,
        baseline=median(baselines),
        ratio=median(ratios),
        target=target,
        ok=is_sound and _reaches(low, high, target),
        interval=(low, high) if len(ratios) >= BINOMIAL_MIN else None,
    )


def interval_of_median(values: list[float]) -> tuple[float, float]:
    """The 95 % interval by order statistics; the median itself, twice, when there are too few values."""
    ordered, count = sorted(values), len(values)
    if count < BINOMIAL_MIN:
        return median(ordered), median(ordered)
    outside, chance, below = 0, 1.0, 0.5**count
    while below <= 0.025:
        outside += 1
        chance = chance * (count - outside + 1) / outside
        below += chance * 0.5**count
    return ordered[outside - 1], ordered[count - outside]


def _reaches(low: float, high: float, target: str | None) -> bool:
    if target is None:
        return True
    comparison, bound = _parse_target(target)
    return low <= bound if comparison == "<=" else high >= bound


def _parse_target(target: str) -> tuple[Literal["<=", ">="], float]:
    comparison, _, bound = target.partition(" ")
    assert comparison in ("<=", ">=")
    return ("<=" if comparison == "<=" else ">="), float(bound)


def print_rows(rows: list[Row]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("scenario", "metric"):
        table.add_column(name, overflow="fold")
    for name in ("value", "unit", "baseline", "ratio", "95 %", "target", "ok"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in rows:
        table.add_row(
            line.scenario,
            line.metric,
            _short(line.value),
            line.unit,
            _short(line.baseline),
            _short(line.ratio),
            f"{line.interval[0]:.2f} to {line.interval[1]:.2f}" if line.interval else "",
            line.target or "",
            ("yes" if line.ok else "[bold red]MISSED[/]") if line.target else "",
        )
    console = Console()
    Console(width=max(console.width, 120)).print(table)


def write_rows(rows: list[Row], path: Path) -> None:
    written = [{name: value for name, value in to_builtins(line).items() if name != "interval"} for line in rows]
    path.write_text(json.dumps(written, indent=1) + "\n")


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
