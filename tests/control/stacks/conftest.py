"""Templates deployed on a real store, as YAML texts."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from limen.aws.call import AwsCall
from limen.control.call import ControlSettings
from limen.control.functions.code_store import CodeStore
from limen.control.invoke import make_invoke
from limen.control.stacks.deploy import StackDeployed, StackRefusedError, Target, delete, deploy
from limen.control.stacks.prepare import read_file
from limen.control.usage_plans.values import KeyValues
from limen.store import Store

ACCOUNT = "000000000000"


class Stacks:
    """`deploy` writes a template into `folder` and deploys it; `aws` calls operations."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.settings = ControlSettings(
            ACCOUNT,
            api_keys=KeyValues(b"k" * 32),
            codes=CodeStore(folder / "functions", "secret"),
            function_logs=folder / "functions" / "logs",
            gateway_logs=folder / "logs",
        )
        self.folder = folder
        self.path = folder / "template.yaml"

    def deploy(self, text: str, name: str = "pets", allow_stored: bool = False, **parameters: str) -> StackDeployed:
        self.path.write_text(dedent(text))
        written, files = read_file(self.path, is_live=True)
        target = Target(name, "us-east-1", allow_stored)
        return deploy(self.store, self.settings, target, written, parameters, files.packages.get)

    def refusal(self, text: str, name: str = "pets", **parameters: str) -> str:
        """The one line that says why, from the line number on."""
        with pytest.raises(StackRefusedError) as refused:
            self.deploy(text, name, **parameters)
        [line] = refused.value.lines
        return line.removeprefix(f"{self.path}:")

    def delete(self, name: str = "pets") -> list[str]:
        return delete(self.store, self.settings, Target(name, "us-east-1"))

    def outputs(self, deployed: StackDeployed) -> dict[str, str]:
        return {output["outputKey"]: output["outputValue"] for output in deployed.stack["outputs"]}

    def aws(self, operation: str, service: str = "apigateway", **members: Any) -> Any:
        call = AwsCall(service, operation, members, ACCOUNT, "us-east-1", "key", "request")
        return make_invoke(self.store, self.settings)(call)

    def changes(self, deployed: StackDeployed) -> list[str]:
        """The lines of resources."""
        return [line for line in deployed.lines if line[:2] in ("+ ", "~ ", "- ", "  ")]

    @property
    def revision(self) -> int:
        with self.store.reader() as reader:
            return reader.revision


@pytest.fixture
def stacks(tmp_path: Path) -> Iterator[Stacks]:
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield Stacks(store, tmp_path)
    store.close()
