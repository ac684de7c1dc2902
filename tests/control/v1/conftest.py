"""Operations called on a real store, as an SDK would call them."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.call import Aside, Call, ControlSettings, Inquiry
from limen.control.invoke import make_invoke
from limen.control.usage_plans.values import KeyValues
from limen.control.v1 import deployments
from limen.store import Store
from tests.support.counters import Counters

ACCOUNT = "000000000000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:orders"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


class Control:
    """`control("GetRestApi", restapi_id=...)` answers as the operation does; `refuses` gives its error."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = ControlSettings(account=ACCOUNT, api_keys=KeyValues(b"k" * 32))
        self.state: Any = Counters()
        self.problems: list[str] = []
        """What a deployment finds that does not compile."""

    def __call__(
        self, operation: str, *, service: str = "apigateway", region: str = "us-east-1", **members: Any
    ) -> Any:
        invoke = make_invoke(self.store, self.settings)
        aws = AwsCall(service, operation, members, ACCOUNT, region, "key", "request")
        answer = invoke(aws)
        while isinstance(answer, Aside | Inquiry):
            asked = answer.work() if isinstance(answer, Aside) else asyncio.run(answer.ask(self.state))
            answer = invoke.go_on(aws, answer, asked)
        return answer

    def refuses(self, operation: str, **members: Any) -> tuple[str, int, str]:
        with pytest.raises(AwsError) as refused:
            self(operation, **members)
        return refused.value.code, refused.value.status, refused.value.message

    def patch(self, operation: str, *operations: tuple[str, ...], **members: Any) -> Any:
        """`operations`: op, path and, where there is one, value."""
        sent = [dict(zip(("op", "path", "value"), each, strict=False)) for each in operations]
        return self(operation, patchOperations=sent, **members)

    def refuses_patch(self, operation: str, *operations: tuple[str, ...], **members: Any) -> tuple[str, int, str]:
        with pytest.raises(AwsError) as refused:
            self.patch(operation, *operations, **members)
        return refused.value.code, refused.value.status, refused.value.message

    def run(self, function: Callable[[Call], Any]) -> Any:
        """As an importer calls functions of the package, in a transaction of its own."""
        aws = AwsCall("apigateway", "ImportRestApi", {}, ACCOUNT, "us-east-1", "key", "request")
        with self.store.transaction() as transaction:
            return function(Call(aws, transaction, self.settings))

    def set(self, **settings: Any) -> None:
        self.settings = msgspec.structs.replace(self.settings, **settings)

    def api(self, **members: Any) -> str:
        return str(self("CreateRestApi", **{"name": "pets"} | members)["id"])

    def root(self, api_id: str) -> str:
        return str(self("GetRestApi", restapi_id=api_id)["rootResourceId"])

    def resource(self, api_id: str, path: str = "/pets") -> str:
        """The id of a resource, made with all that lead to it."""
        resource_id = self.root(api_id)
        for part in path.strip("/").split("/"):
            resource_id = self("CreateResource", restapi_id=api_id, parent_id=resource_id, pathPart=part)["id"]
        return resource_id

    def method(self, verb: str = "GET", path: str = "/pets", **members: Any) -> dict[str, str]:
        """What names a new method of a new API."""
        api_id = self.api()
        named = {"restapi_id": api_id, "resource_id": self.resource(api_id, path), "http_method": verb}
        self("PutMethod", **{"authorizationType": "NONE"} | named | members)
        return named

    def deployable(self) -> str:
        """The id of a new API with GET /pets, which has an integration."""
        named = self.method()
        self("PutIntegration", type="MOCK", **named)
        return named["restapi_id"]

    def deployed(self, stage_name: str = "prod", **members: Any) -> dict[str, str]:
        """What names a new stage of a new API."""
        named = {"restapi_id": self.deployable(), "stage_name": stage_name}
        self("CreateDeployment", restapi_id=named["restapi_id"], stageName=stage_name, **members)
        return named

    def items(self, operation: str, **members: Any) -> list[dict[str, Any]]:
        found = self(operation, **members)["item"]
        assert isinstance(found, list)
        return found


@pytest.fixture
def control(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Control]:
    """Compiling is the plan's business and stands aside."""
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    made = Control(store)
    monkeypatch.setattr(deployments, "find_problems", lambda call, api_id, templates=True: made.problems)
    yield made
    store.close()


@pytest.fixture
def refused(control: Control) -> Callable[..., str]:
    """The message of a 400 that an operation answers."""

    def message(operation: str, **members: Any) -> str:
        code, status, text = control.refuses(operation, **members)
        assert (code, status) == ("BadRequestException", 400)
        return text

    return message


@pytest.fixture
def refused_patch(control: Control) -> Callable[..., str]:
    """The message of a 400 that a PATCH answers."""

    def message(operation: str, *operations: tuple[str, ...], **members: Any) -> str:
        code, status, text = control.refuses_patch(operation, *operations, **members)
        assert (code, status) == ("BadRequestException", 400)
        return text

    return message
