"""Rows: when a target counts as reached, and between which values a median lies."""

import json

import pytest

from bench.report import interval_of_median, ratio_row, row, write_rows


@pytest.mark.parametrize(
    ("value", "target", "is_reached"),
    [(1.8, "<= 1.8", True), (1.81, "<= 1.8", False), (0.55, ">= 0.55", True), (0.5, ">= 0.55", False), (9, None, True)],
)
def test_one_figure_is_held_to_its_target(value, target, is_reached):
    assert row("plain", "ratio", value, "x", target=target).ok is is_reached


def test_a_figure_of_failed_requests_misses_its_target():
    assert not row("plain", "throughput", 1e6, "1/s", target=">= 1", is_sound=False).ok


def test_few_rounds_are_judged_by_their_median():
    judged = ratio_row("plain", "CPU", [30, 36, 60], [20, 20, 20], "us", target="<= 1.8")

    assert (judged.value, judged.baseline, judged.ratio, judged.ok) == (36, 20, 1.8, True)


def test_many_rounds_miss_only_when_the_whole_interval_lies_beyond():
    noisy = [1.0, 1.0, 1.0, 1.0, *[1.6] * 11]
    clear = [1.6] * 15

    assert ratio_row("matching", "ns", noisy, [1.0] * 15, "ns", target="<= 1.5").ok
    assert not ratio_row("matching", "ns", clear, [1.0] * 15, "ns", target="<= 1.5").ok


def test_the_interval_of_fifteen_values_goes_from_the_fourth_to_the_twelfth():
    assert interval_of_median([float(number) for number in range(1, 16)]) == (4.0, 12.0)


def test_results_are_a_list_of_rows_with_these_members(tmp_path):
    write_rows([row("start", "first answer", 0.8, "s", target="<= 1")], tmp_path / "results.json")

    assert json.loads((tmp_path / "results.json").read_text()) == [
        {
            "scenario": "start",
            "metric": "first answer",
            "value": 0.8,
            "unit": "s",
            "baseline": None,
            "ratio": None,
            "target": "<= 1",
            "ok": True,
        }
    ]
