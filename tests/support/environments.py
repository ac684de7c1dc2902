"""Real execution environments: a spawner, packages and logs in a temporary directory, handlers written in the test."""

import asyncio
import io
import os
import stat
import sys
import tempfile
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from limen.functions.environment import Environment, Invocation, Outcome, Surroundings
from limen.functions.errors import InvokeError
from limen.functions.logs import FunctionLogs
from limen.functions.records import Code, FunctionRecord, VersionRecord
from limen.functions.spawner import Spawner

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:hello"
PYTHON = "python{}.{}".format(*sys.version_info[:2])


class Bench:
    """Where environments of one test live."""

    def __init__(self, directory: Path, surroundings: Surroundings) -> None:
        self.directory = directory
        self.surroundings = surroundings
        self.environments: list[Environment] = []

    def code(self, name: str, content: str) -> Code:
        """A package of one file, which may be executed."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | 0o755) << 16
            archive.writestr(info, content)
        return Code(sha256=self.surroundings.packages.store(file.getvalue()))

    def environment(self, source: str | Code, **version: Any) -> Environment:
        """Of a Python module with a `handler`, of a shell script or of code."""
        runtime = version.get("runtime", PYTHON)
        if isinstance(source, str):
            source = self.code("bootstrap" if runtime.startswith("provided") else "app.py", source)
        record = VersionRecord(
            **{
                "version": "$LATEST", "runtime": runtime, "handler": "app.handler", "code": source,
                "log_group": "/aws/lambda/hello", **version,
            }
        )  # fmt: skip
        function = FunctionRecord(
            arn=ARN, name="hello", account="123456789012", region="eu-west-1", versions={record.version: record}
        )
        self.environments.append(Environment(function, record, self.surroundings))
        return self.environments[-1]

    async def call(self, source: str | Code, payload: bytes = b"{}", **version: Any) -> Outcome:
        """The first invocation of a new environment."""
        environment = self.environment(source, **version)
        await environment.start()
        return await invoke(environment, invocation(payload))


async def invoke(environment: Environment, invocation: Invocation) -> Outcome:
    told: asyncio.Future[Outcome | InvokeError] = asyncio.get_running_loop().create_future()
    environment.invoke(invocation, told.set_result)
    outcome = await told
    assert isinstance(outcome, Outcome)
    return outcome


def log_of(directory: Path) -> str:
    """All that was logged by a test that has ended."""
    return "".join(path.read_text(errors="replace") for path in directory.rglob("logs/**/*") if path.is_file())


def invocation(payload: bytes = b"{}", request_id: str = "one", **more: Any) -> Invocation:
    return Invocation(request_id=request_id, invoked_arn=ARN, payload=payload, **more)


def run(
    directory: Path, test: Callable[[Bench], Awaitable[None]], *, isolates: bool = True, **settings: Any
) -> None:  # fmt: skip
    """Runs a test in a loop of its own; whatever it started is ended."""

    async def whole() -> None:
        data = directory / "data"
        (data / "functions/root").mkdir(parents=True)
        run_directory = Path(tempfile.mkdtemp(prefix="limen-"))  # short: the names of sockets are
        (data / "secret").write_text("secret")
        surroundings = await Surroundings.open(
            spawner=Spawner(data / "functions/root", isolates=isolates),
            logs=FunctionLogs(data / "functions/logs"),
            data_directory=data,
            run_directory=run_directory,
            **settings,
        )
        bench = Bench(directory, surroundings)
        try:
            async with asyncio.timeout(50):
                await test(bench)
        finally:
            for environment in bench.environments:
                await environment.close()
            await surroundings.close()
        run_directory.rmdir()

    before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()
    asyncio.run(whole())
    if before:
        assert len(os.listdir("/proc/self/fd")) <= len(before), "descriptors are left open"
