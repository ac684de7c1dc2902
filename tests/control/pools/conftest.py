"""Operations of user pools on a real store, with work beside the store done at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from limen.aws.call import AwsCall, Client
from limen.aws.errors import AwsError
from limen.aws.service_model import load_service
from limen.aws.validate import validate
from limen.control.call import Aside, ControlSettings
from limen.control.invoke import make_invoke
from limen.control.pools import keys
from limen.control.pools.tools import PoolTools
from limen.identity import passwords
from limen.jose.compact import parse_token
from limen.jose.key_set import make_key_set
from limen.jose.signing import SigningKey
from limen.store.store import Store

REGION = "us-east-1"
PASSWORD = "Passw0rd!"
MODEL = load_service("cognito-idp")


class Pools:
    """`pools("CreateUserPool", PoolName="shop")` answers as the operation does; `refuses` gives its error."""

    def __init__(self, store: Store, directory: Path) -> None:
        self.store = store
        self.outbox_file = directory / "outbox.jsonl"
        self.time = 1_700_000_000.0
        self.tools = PoolTools(bytes(32), self.outbox_file, lambda: self.time)
        self.settings = ControlSettings(account="000000000000", pools=self.tools)
        self._invoke = make_invoke(store, self.settings)
        self.access_key_id = "AKID"
        self.address = "192.0.2.1"

    def __call__(self, operation: str, **members: Any) -> Any:
        validate(MODEL.operation(operation), members)
        region = REGION if self.access_key_id else ""
        call = AwsCall(
            "cognito-idp",
            operation,
            members,
            "000000000000",
            region,
            self.access_key_id,
            "request",
            client=Client(self.address),
        )
        answer = self._invoke(call)
        while isinstance(answer, Aside):
            answer = self._invoke.go_on(call, answer, answer.work())
        return answer

    def refuses(self, operation: str, **members: Any) -> str:
        with pytest.raises(AwsError) as raised:
            self(operation, **members)
        return f"{raised.value.code}: {raised.value.message}"

    def move(self, suffix: str) -> None:
        """The server is called otherwise from now on."""
        self.settings = replace(self.settings, suffix=suffix)
        self._invoke = make_invoke(self.store, self.settings)

    def use(self, tools: PoolTools) -> None:
        """The server has other keys from now on."""
        self.settings = replace(self.settings, pools=tools)
        self._invoke = make_invoke(self.store, self.settings)

    def outbox(self) -> list[dict[str, str]]:
        if not self.outbox_file.exists():
            return []
        return [orjson.loads(line) for line in self.outbox_file.read_bytes().splitlines()]

    def claims(self, pool_id: str, token: str) -> dict[str, Any]:
        """Of a token whose signature is the pool's."""
        with self.store.reader() as reader:
            document = reader.get("UserPoolKeys", pool_id, "keys")
        assert document is not None
        parsed = parse_token(token.encode())
        assert make_key_set(document).find_signer(parsed) is not None
        return parsed.claims


class Shop:
    """A pool with one client, and what its users do."""

    def __init__(self, pools: Pools, *, client: dict[str, Any] | None = None, **settings: Any) -> None:
        self.pools = pools
        self.id = pools("CreateUserPool", PoolName="shop", **settings)["UserPool"]["Id"]
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        options = {"ExplicitAuthFlows": flows} | (client or {})
        made = pools("CreateUserPoolClient", UserPoolId=self.id, ClientName="web", **options)["UserPoolClient"]
        self.client, self.secret = made["ClientId"], made.get("ClientSecret")

    def __call__(self, operation: str, **members: Any) -> Any:
        return self.pools(operation, **self._place(operation), **members)

    def refuses(self, operation: str, **members: Any) -> str:
        return self.pools.refuses(operation, **self._place(operation), **members)

    def add_user(self, name: str, password: str = PASSWORD, /, **attributes: str) -> None:
        """Confirmed, with a password of its own."""
        listed = [{"Name": key, "Value": value} for key, value in attributes.items()]
        self("AdminCreateUser", Username=name, UserAttributes=listed, MessageAction="SUPPRESS")
        self("AdminSetUserPassword", Username=name, Password=password, Permanent=True)

    def sign_in(self, name: str, password: str = PASSWORD) -> Any:
        return self("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=_named(name, password))

    def fails_sign_in(self, name: str, password: str = PASSWORD) -> str:
        return self.refuses("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=_named(name, password))

    def tokens(self, name: str, password: str = PASSWORD) -> dict[str, Any]:
        result: dict[str, Any] = self.sign_in(name, password)["AuthenticationResult"]
        return result

    def claims(self, token: str) -> dict[str, Any]:
        return self.pools.claims(self.id, token)

    def attributes(self, name: str) -> dict[str, str]:
        found = self("AdminGetUser", Username=name)["UserAttributes"]
        return {each["Name"]: each["Value"] for each in found}

    def last_code(self) -> str:
        return self.pools.outbox()[-1]["code"]

    def _place(self, operation: str) -> dict[str, str]:
        shape = MODEL.operation(operation).input
        assert shape is not None
        return {
            name: value for name, value in (("UserPoolId", self.id), ("ClientId", self.client)) if name in shape.members
        }


def _named(name: str, password: str) -> dict[str, str]:
    return {"USERNAME": name, "PASSWORD": password}


@pytest.fixture(scope="session")
def signing_keys() -> list[SigningKey]:
    return [SigningKey.generate() for _ in range(2)]


@pytest.fixture(autouse=True)
def quick_secrets(monkeypatch: pytest.MonkeyPatch, signing_keys: list[SigningKey]) -> None:
    """Keys are made once, and hashes cost little: what they are worth is not tested here."""
    monkeypatch.setattr(passwords, "_COST", 4)
    made = iter(signing_keys * 1000)
    monkeypatch.setattr(keys.SigningKey, "generate", classmethod(lambda cls: next(made)))


@pytest.fixture
def pools(tmp_path: Path) -> Iterator[Pools]:
    store = Store.open("sqlite://")
    yield Pools(store, tmp_path)
    store.close()


@pytest.fixture
def shop(pools: Pools) -> Shop:
    return Shop(pools)
