"""The virtual environment of a project whose code is run where it lies."""

from collections.abc import Iterator
from pathlib import Path

PROJECT_FILES = ("template.yaml", "template.yml", "samconfig.toml", "pyproject.toml", ".git")
"""A project's top directory has one of these: a `.venv` above it belongs to something else."""


def find_site_packages(directory: Path, version: str) -> Path | None:
    """Of the nearest `.venv` in `directory` or above it in the same project, if it is of this version of Python."""
    for folder in _up_to_the_project(directory):
        if (folder / ".venv" / "pyvenv.cfg").is_file():
            packages = folder / ".venv" / "lib" / f"python{version}" / "site-packages"
            return packages if packages.is_dir() else None
    return None


def _up_to_the_project(directory: Path) -> Iterator[Path]:
    """Without the mark of a project the directory stands alone."""
    folders = [directory, *directory.parents]
    for index, folder in enumerate(folders):
        if any((folder / name).exists() for name in PROJECT_FILES):
            yield from folders[: index + 1]
            return
    yield directory
