"""Operations of IAM called on a store, each as the admin port calls it."""

from collections.abc import Iterator
from typing import Any

import pytest

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.aws.identities import SESSIONS, Identities, Principal, root_record
from limen.aws.sealing import Seal
from limen.aws.service_model import load_service
from limen.aws.validate import validate
from limen.control.call import ControlSettings
from limen.control.iam.identities import SECRETS, identities
from limen.control.invoke import make_invoke
from limen.store.store import Store

ACCOUNT = "000000000000"
KEY = bytes(range(32))


class Iam:
    """A call is `iam("CreateUser", UserName="ci")`, or of STS with `service="sts"`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.secrets, self.sessions = Seal(KEY, SECRETS), Seal(KEY, SESSIONS)
        self._models = {name: load_service(name) for name in ("iam", "sts")}
        settings = ControlSettings(account=ACCOUNT, secrets=self.secrets, sessions=self.sessions)
        self.last_used = settings.last_used
        self._invoke = make_invoke(store, settings)
        self.caller: Principal = root()

    def __call__(self, operation: str, service: str = "iam", **members: Any) -> dict[str, Any]:
        validate(self._models[service].operation(operation), members)
        call = AwsCall(service, operation, members, ACCOUNT, "us-east-1", "AKID", "request", caller=self.caller)
        answer = self._invoke(call)
        assert isinstance(answer, dict)
        return answer

    def refusal(self, operation: str, service: str = "iam", **members: Any) -> tuple[str, str]:
        with pytest.raises(AwsError) as raised:
            self(operation, service, **members)
        return raised.value.code, raised.value.message

    def records(self) -> dict[str, Any]:
        """By name."""
        with self.store.reader() as reader:
            return {record.name: record for record in identities(reader, ACCOUNT, self.secrets)}

    def principal(self, answer: dict[str, Any]) -> Principal:
        """Whom credentials that AssumeRole and its like gave out stand for."""
        given = answer["Credentials"]
        with self.store.reader() as reader:
            known = Identities(self.sessions, [*identities(reader, ACCOUNT, self.secrets), root_record(ACCOUNT, [])])
        return known.find(given["AccessKeyId"], given["SessionToken"], 0).principal


def root() -> Principal:
    arn = f"arn:aws:iam::{ACCOUNT}:root"
    return Principal(kind="Root", arn=arn, account=ACCOUNT, user_id=ACCOUNT, access_key_id="AKID")


@pytest.fixture
def iam() -> Iterator[Iam]:
    store = Store.open("sqlite://")
    yield Iam(store)
    store.close()
