"""`limen version`."""

from limen import __version__
from tests.cli.conftest import Limen


def test_the_version_is_printed(limen: Limen) -> None:
    ended = limen("version")
    assert (ended.code, ended.out) == (0, f"limen {__version__}\n")


def test_as_an_option(limen: Limen) -> None:
    assert limen("--version").out == limen("version").out
