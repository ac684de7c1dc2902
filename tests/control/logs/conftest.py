"""Operations of CloudWatch Logs on a real store and real files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.call import ControlSettings
from limen.control.invoke import make_invoke
from limen.functions.log_files import LogEvent, append_events, make_group
from limen.store.store import Store

REGION = "us-east-1"


class Logs:
    """`logs("GetLogEvents", ...)` answers as the operation does; `refuses` gives its error."""

    def __init__(self, store: Store, directory: Path) -> None:
        self.directory = directory / "functions"
        self.texts = directory / "texts"
        settings = ControlSettings(account="000000000000", function_logs=self.directory, gateway_logs=self.texts)
        self._invoke = make_invoke(store, settings)

    def __call__(self, operation: str, **members: Any) -> dict[str, Any]:
        answer = self._invoke(AwsCall("logs", operation, members, "000000000000", REGION, "AKID", "request"))
        assert isinstance(answer, dict)
        return answer

    def refuses(self, operation: str, **members: Any) -> str:
        with pytest.raises(AwsError) as raised:
            self(operation, **members)
        return f"{raised.value.code}: {raised.value.message}"

    def write(self, group: str, stream: str, *events: tuple[int, str]) -> None:
        """As a function would."""
        path = make_group(self.directory, REGION, group)
        append_events(path, stream, [LogEvent(time, message) for time, message in events], 1)

    def write_text(self, group: str, text: str) -> None:
        """As a gateway would."""
        path = self.texts / f"{group}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Logs]:
    store = Store.open("sqlite://")
    yield Logs(store, tmp_path)
    store.close()
