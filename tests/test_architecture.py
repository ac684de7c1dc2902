"""The house rules that a machine can check: sizes, docstrings, test files, imports of a worker, no stray addresses."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.tested_elsewhere import TESTED_ELSEWHERE

ROOT = Path(__file__).parents[1]

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40

LONG_FILES: dict[str, str] = {}
"""Files over the limit and why they are one idea nevertheless."""

LONG_FUNCTIONS: dict[str, str] = {
    "limen/gateway/exchange.py: __init__": "a line for each slot that a request begins with",
    "limen/process_settings.py: controller_settings": "a line for each value that the control process needs",
}
""" "file: function" over the limit, and why it does not come apart."""

CONTROL_PLANE = (
    "limen.control",
    "limen.store",
    "limen.controller",
    "limen.supervisor",
    "botocore",
    "sqlalchemy",
    "starlette",
    "uvicorn",
)

STRAY_ADDRESSES = re.compile(
    "|".join(
        (
            re.escape("py" + "pi.org"),
            "python" + "hosted",
            "npm" + r"js\.(org|com)",
            r"--(extra-)?index" + "-url +[a-z]",
            r"(?<![\w.}$-])/(root|work|Users|home)" + r"/[\w.]",
        )
    )
)
"""Package registries, and paths that exist on one machine alone."""


def source_files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), filename=str(file), feature_version=(3, 11))


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """Each function with its number of lines, without its docstring."""
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            is_documented = ast.get_docstring(node) is not None
            docstring_lines = (first.end_lineno or first.lineno) - first.lineno + 1 if is_documented else 0
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines


def test_files_are_short() -> None:
    sizes = {name_of(file): len(file.read_text().splitlines()) for file in source_files("limen", "bench", "tests")}
    long = {name: size for name, size in sizes.items() if size > MAX_FILE_LINES}

    assert {name: size for name, size in long.items() if name not in LONG_FILES} == {}
    assert set(LONG_FILES) <= set(long), "named exceptions that are short by now"


def test_functions_are_short() -> None:
    long = {
        f"{name_of(file)}: {name}": size
        for file in source_files("limen", "bench", "examples")
        for name, size in functions(file)
        if size > MAX_FUNCTION_LINES
    }

    assert {name: size for name, size in long.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(long), "named exceptions that are short by now"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(file)
        for file in source_files("limen", "bench", "examples", "tests")
        if file.read_text().strip() and ast.get_docstring(parse(file)) is None
    ]

    assert silent == []


def test_every_package_of_limen_defines_its_words() -> None:
    packages = {file.parent for file in source_files("limen")}
    wordless = [
        name_of(package)
        for package in packages
        if not (package / "__init__.py").exists() or ast.get_docstring(parse(package / "__init__.py")) is None
    ]

    assert wordless == []


def test_every_module_has_its_tests() -> None:
    untested = [
        name_of(file)
        for file in source_files("limen")
        if file.name not in ("__init__.py", "__main__.py")
        and name_of(file) not in TESTED_ELSEWHERE
        and not is_tested_in_its_folder(file)
    ]

    assert untested == []


def test_exceptions_to_tests_are_needed() -> None:
    gone = [name for name in TESTED_ELSEWHERE if not (ROOT / name).exists()]
    missing = [test for test in TESTED_ELSEWHERE.values() if not (ROOT / test).exists()]
    needless = [name for name in TESTED_ELSEWHERE if expected_test(ROOT / name).exists()]

    assert (gone, missing, needless) == ([], [], [])


def is_tested_in_its_folder(file: Path) -> bool:
    """limen/store/sqlite.py: by tests/store/test_sqlite.py, or by another file of tests/store that imports it."""
    own_test = expected_test(file)
    module = ".".join(("limen", *file.relative_to(ROOT / "limen").with_suffix("").parts))
    imports = re.compile(rf"^(from|import) {re.escape(module)}\b", re.MULTILINE)
    return own_test.exists() or any(imports.search(test.read_text()) for test in own_test.parent.glob("*.py"))


def expected_test(file: Path) -> Path:
    """limen/store/sqlite.py -> tests/store/test_sqlite.py"""
    inside = file.relative_to(ROOT / "limen")
    return ROOT / "tests" / inside.parent / f"test_{inside.name}"


def test_a_worker_loads_nothing_of_the_control_plane() -> None:
    assert control_plane_modules("limen.worker") == []


def control_plane_modules(process: str) -> list[str]:
    script = f"import sys, {process}; print(*sys.modules)"
    finished = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr

    return [
        module
        for module in finished.stdout.split()
        if module.startswith(tuple(f"{package}." for package in CONTROL_PLANE))
        or module in CONTROL_PLANE
        or (module.startswith("limen.") and module.rpartition(".")[2] == "operations")
    ]


def test_a_functions_host_loads_nothing_of_the_control_plane() -> None:
    assert control_plane_modules("limen.functions_host") == []


def test_no_registry_and_no_machine_is_named() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in project_files()
        for number, line in enumerate(file.read_text(errors="ignore").splitlines(), 1)
        if STRAY_ADDRESSES.search(line)
    ]

    assert found == []


def test_pins_carry_a_hash_each() -> None:
    for file in (ROOT / "constraints").glob("*.txt"):
        entries = re.split(r"\n(?=\S)", file.read_text().strip())
        assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == [], file.name


def project_files() -> list[Path]:
    """What is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git work tree")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_what_is_compiled_is_there_and_defines_no_struct() -> None:
    compiled = re.findall(r'^    "(limen/[^"]+)",$', (ROOT / "tools/compile_hot_path.py").read_text(), re.MULTILINE)

    assert len(compiled) > 10
    assert [name for name in compiled if not (ROOT / name).exists()] == []
    assert [name for name in compiled if "import Struct" in (ROOT / name).read_text()] == []
