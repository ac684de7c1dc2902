"""Which `.venv` belongs to code that is run where it lies."""

from pathlib import Path

from limen.functions.virtual_environments import find_site_packages


def make_environment(folder: Path, version: str = "3.11") -> Path:
    packages = folder / ".venv" / "lib" / f"python{version}" / "site-packages"
    packages.mkdir(parents=True)
    (folder / ".venv" / "pyvenv.cfg").write_text("")
    return packages


def test_the_nearest_of_the_project_is_taken(tmp_path: Path) -> None:
    code = tmp_path / "src" / "hello"
    code.mkdir(parents=True)
    (tmp_path / "template.yaml").write_text("")
    outer = make_environment(tmp_path)

    assert find_site_packages(code, "3.11") == outer
    inner = make_environment(code)
    assert find_site_packages(code, "3.11") == inner


def test_one_above_the_project_is_not_taken(tmp_path: Path) -> None:
    make_environment(tmp_path)
    code = tmp_path / "project" / "src"
    code.mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").write_text("")

    assert find_site_packages(code, "3.11") is None


def test_one_of_another_python_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    make_environment(tmp_path, "3.12")

    assert find_site_packages(tmp_path, "3.11") is None
