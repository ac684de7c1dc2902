"""Operations of Lambda called on a real store, with code kept in a real directory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.call import Aside, ControlSettings
from limen.control.functions.code_store import CodeStore
from limen.control.invoke import make_invoke
from limen.store import Store
from tests.support.zips import make_zip

ACCOUNT = "000000000000"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/lambda"
CODE = make_zip({"app.py": "def handler(event, context):\n    return event\n"})
OTHER_CODE = make_zip({"app.py": "def handler(event, context):\n    return 1\n"})


class Lambda:
    """`functions("GetFunction", FunctionName=...)` answers as the operation does; `refuses` gives its error."""

    def __init__(self, store: Store, codes: CodeStore) -> None:
        self.store = store
        self.codes = codes
        self.settings = ControlSettings(account=ACCOUNT, codes=codes)

    def __call__(self, operation: str, **members: Any) -> Any:
        invoke = make_invoke(self.store, self.settings)
        call = AwsCall("lambda", operation, members, ACCOUNT, "us-east-1", "key", "request", "localhost:8444")
        answer = invoke(call)
        while isinstance(answer, Aside):
            answer = invoke.go_on(call, answer, answer.work())
        return answer

    def refuses(self, operation: str, **members: Any) -> tuple[str, int, str]:
        with pytest.raises(AwsError) as refused:
            self(operation, **members)
        return refused.value.code, refused.value.status, refused.value.message

    def set(self, **settings: Any) -> None:
        self.settings = msgspec.structs.replace(self.settings, **settings)

    def create(self, name: str = "hello", **members: Any) -> Any:
        given = {
            "FunctionName": name,
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Role": ROLE,
            "Code": {"ZipFile": CODE},
        }
        return self("CreateFunction", **given | members)

    def publish(self, name: str = "hello", **members: Any) -> str:
        return str(self("PublishVersion", FunctionName=name, **members)["Version"])

    def new_version(self, name: str = "hello") -> str:
        """Of changed code, so that there is one more."""
        count = len(self("ListVersionsByFunction", FunctionName=name)["Versions"])
        self("UpdateFunctionConfiguration", FunctionName=name, MemorySize=128 + count)
        return self.publish(name)


@pytest.fixture
def functions(tmp_path: Path) -> Iterator[Lambda]:
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield Lambda(store, CodeStore(tmp_path / "functions", "a secret"))
    store.close()
