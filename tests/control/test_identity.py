"""What tools hear who ask whose keys they have."""

from pathlib import Path

from limen.aws.call import AwsCall
from limen.control.call import ControlSettings
from limen.control.invoke import make_invoke
from limen.store import Store


def test_a_caller_is_the_account(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    invoke = make_invoke(store, ControlSettings(account="123456789012"))

    def identity(region: str) -> object:
        return invoke(AwsCall("sts", "GetCallerIdentity", {}, "123456789012", region, "key", "request"))

    assert identity("us-east-1") == {
        "UserId": "123456789012",
        "Account": "123456789012",
        "Arn": "arn:aws:iam::123456789012:root",
    }
    assert identity("cn-north-1")["Arn"] == "arn:aws-cn:iam::123456789012:root"  # type: ignore[index]
    store.close()
