"""Stage variables in configured text."""

import pytest

from limen.gateway.stage_variables import blank_stage_variables, fill_stage_variables, mentions_stage_variables


def test_references_are_filled_in() -> None:
    assert fill_stage_variables("http://${stageVariables.a}/${stageVariables.b}", {"a": "x", "b": ""}) == "http://x/"
    assert fill_stage_variables("plain ${other.a}", {}) == "plain ${other.a}"


def test_a_value_is_not_looked_into() -> None:
    assert fill_stage_variables("${stageVariables.a}", {"a": "${stageVariables.b}"}) == "${stageVariables.b}"


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(LookupError, match="no variable 'a'"):
        fill_stage_variables("${stageVariables.a}", {})


def test_references_are_seen_and_blanked() -> None:
    assert mentions_stage_variables("http://${stageVariables.a}/")
    assert not mentions_stage_variables("http://a/")
    assert blank_stage_variables("http://h:${stageVariables.port}/") == "http://h:1/"
