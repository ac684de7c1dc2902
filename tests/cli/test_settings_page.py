"""docs/settings.md is what the table says."""

import tomllib
from pathlib import Path

import pytest

from limen.cli.settings_page import settings_page
from limen.config_sources import load

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == settings_page(), "python -m limen.cli.settings_page > docs/settings.md"


def test_the_example_on_the_page_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = settings_page().partition("```toml\n")[2].partition("```")[0]
    assert tomllib.loads(example)["port"] == 8443
    (tmp_path / "limen.toml").write_text(example)
    monkeypatch.chdir(tmp_path)
    assert load({}, {}).aws.profile == "staging"
