"""Operations called on a real store, as an SDK would call them; compiling is the plan's business and stands aside."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.call import Aside, ControlSettings
from limen.control.invoke import make_invoke
from limen.control.v2 import deployments
from limen.store import Store

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:orders"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


class Control:
    """`control("GetApi", apiId=...)` answers as the operation does; `refuses` gives its error."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = ControlSettings(account="000000000000")
        self.problems: list[str] = []
        self.compiled_since: list[int | None] = []

    def __call__(
        self,
        operation: str,
        *,
        service: str = "apigatewayv2",
        account: str = "000000000000",
        region: str = "us-east-1",
        **members: Any,
    ) -> Any:
        invoke = make_invoke(self.store, self.settings)
        aws = AwsCall(service, operation, members, account, region, "key", "request")
        answer = invoke(aws)
        while isinstance(answer, Aside):
            answer = invoke.go_on(aws, answer, answer.work())
        return answer

    def refuses(self, operation: str, **members: Any) -> tuple[str, int, str]:
        with pytest.raises(AwsError) as refused:
            self(operation, **members)
        return refused.value.code, refused.value.status, refused.value.message

    def set(self, **settings: Any) -> None:
        self.settings = msgspec.structs.replace(self.settings, **settings)

    def api(self, **members: Any) -> str:
        return str(self("CreateApi", **{"name": "orders", "protocolType": "HTTP"} | members)["apiId"])

    def integration(self, api_id: str, **members: Any) -> str:
        http = {"integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "integrationUri": "https://backend.test"}
        return str(self("CreateIntegration", apiId=api_id, **http | members)["integrationId"])

    def route(self, api_id: str, route_key: str = "GET /orders", **members: Any) -> str:
        target = members.pop("target", None) or f"integrations/{self.integration(api_id)}"
        return str(self("CreateRoute", apiId=api_id, routeKey=route_key, target=target, **members)["routeId"])

    def items(self, operation: str, **members: Any) -> list[dict[str, Any]]:
        found = self(operation, **members)["items"]
        assert isinstance(found, list)
        return found


@pytest.fixture
def control(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Control]:
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    made = Control(store)

    def find_problems(call: Any, api_id: str, since: int | None = None) -> list[str]:
        made.compiled_since.append(since)
        return made.problems

    monkeypatch.setattr(deployments, "find_problems", find_problems)
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
