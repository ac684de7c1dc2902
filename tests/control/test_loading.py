"""How little the control process loads before the workers can serve, and what comes when."""

import subprocess
import sys
from pathlib import Path

from tests.support.apis import write_openapi

LATER = {
    "uvicorn",
    "starlette",
    "botocore",
    "samtranslator",
    "watchfiles",
    "yaml",
    "limen.control.ports",
    "limen.control.operations",
    "limen.control.deploy_files",
    "limen.control.deploy_template",
    "limen.control.stacks",
}
DEPLOY = """
import sys
from pathlib import Path
import limen.controller
from limen.control import loading
from limen.control.deployed import FileOptions
from limen.store.store import Store
from tests.support.control import SETTINGS
loading.deploy(Store.open("sqlite://"), SETTINGS, Path(sys.argv[1]), FileOptions(), {})
print(*sys.modules)
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
"""


def test_what_no_worker_waits_for_is_not_loaded_at_once() -> None:
    assert loaded_by("import sys, limen.controller; print(*sys.modules)") & LATER == set()


def test_an_openapi_file_loads_nothing_of_templates_and_ports(tmp_path: Path) -> None:
    loaded = loaded_by(DEPLOY, write_openapi(tmp_path / "api.json", {"/": "http://127.0.0.1:1"}))
    assert "limen.control.deploy_files" in loaded
    assert loaded & {"limen.control.ports", "limen.control.deploy_template", "samtranslator", "uvicorn"} == set()


def test_a_template_is_deployed_as_one(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    loaded = loaded_by(DEPLOY, file)
    assert {"limen.control.deploy_template", "samtranslator"} <= loaded
    assert "limen.control.ports" not in loaded


def loaded_by(script: str, *arguments: Path) -> set[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
