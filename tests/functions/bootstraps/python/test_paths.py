"""What a Python function may import, and what it does not see."""

import subprocess
import sys
from pathlib import Path

import pytest

from limen.functions.runtimes import Place
from tests.support.running_function import running

RUNTIME = "python{}.{}".format(*sys.version_info)
WHERE = "import dep, sys\ndef handler(event, context): return dep.where\n"


def test_code_wins_over_layers(tmp_path: Path) -> None:
    code, opt = tmp_path / "code", tmp_path / "opt"
    for folder, where in ((opt / "python", "layer"), (opt / f"python/lib/{RUNTIME}/site-packages", "versioned")):
        folder.mkdir(parents=True)
        (folder / "dep.py").write_text(f"where = {where!r}\n")
    code.mkdir()
    (code / "app.py").write_text(WHERE)
    place = Place(code=code, layers=opt, task_root=str(code), opt=str(opt))

    with running({}, "app.handler", RUNTIME, place=place) as function:
        assert function.result({}) == "versioned"
    (code / "dep.py").write_text("where = 'code'\n")
    with running({}, "app.handler", RUNTIME, place=place) as function:
        assert function.result({}) == "code"


def test_limen_and_its_packages_are_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # leaves Limen's own interpreter
    code = "import importlib.util as u, sys\ndef handler(event, context):\n"
    code += "    return [n for n in ('limen', 'msgspec', 'invocations', 'pytest') if u.find_spec(n)], sys.path[0]\n"
    with running({"app.py": code}, "app.handler", RUNTIME) as function:
        seen, first = function.result({})

    assert seen == []
    assert first.endswith("/code")


def test_a_function_may_be_named_like_our_modules() -> None:
    files = {"limen/__init__.py": "", "limen/logs.py": "def handler(event, context): return __file__[-13:]\n"}
    with running(files, "limen.logs.handler", RUNTIME) as function:
        assert function.result({}) == "limen/logs.py"


def test_a_virtual_environment_beside_live_code_is_seen(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / ".venv")], check=True)
    packages = tmp_path / ".venv/lib" / RUNTIME / "site-packages"
    (packages / "dep.py").write_text("where = '.venv'\n")
    (packages / "editable.pth").write_text(f"{tmp_path}/elsewhere\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/other.py").write_text("")
    code = tmp_path / "functions/hello"
    code.mkdir(parents=True)
    (code / "app.py").write_text(f"import other\n{WHERE}")
    (tmp_path / "template.yaml").write_text("")
    place = Place(code=code, task_root=str(code), opt=str(tmp_path / "opt"), is_live=True)

    with running({}, "app.handler", RUNTIME, place=place) as function:
        assert function.result({}) == ".venv"


def test_the_packages_of_a_named_interpreter_are_seen(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "named")], check=True)
    (tmp_path / "named/lib" / RUNTIME / "site-packages/dep.py").write_text("where = 'named'\n")
    overrides = {RUNTIME: str(tmp_path / "named/bin/python")}

    with running({"app.py": WHERE}, "app.handler", RUNTIME, overrides=overrides) as function:
        assert function.result({}) == "named"
