"""Access keys: told once, sealed where they are kept, counted when they are used."""

from limen.aws.identities import Identities
from limen.control.iam.documents import USER, parent_of
from limen.control.iam.last_used import LastUsed
from tests.control.iam.conftest import ACCOUNT, Iam


def test_a_secret_is_told_once_and_kept_sealed(iam: Iam):
    iam("CreateUser", UserName="ci")

    key = iam("CreateAccessKey", UserName="ci")["AccessKey"]

    assert (key["AccessKeyId"][:4], len(key["AccessKeyId"]), len(key["SecretAccessKey"])) == ("AKIA", 20, 40)
    with iam.store.reader() as reader:
        stored = str(reader.get(USER, parent_of(ACCOUNT), "ci"))
    assert key["SecretAccessKey"] not in stored
    assert "_secret" not in iam("GetUser", UserName="ci")["User"]
    (listed,) = iam("ListAccessKeys", UserName="ci")["AccessKeyMetadata"]
    assert listed.keys() == {"UserName", "AccessKeyId", "Status", "CreateDate"}
    assert Identities(None, iam.records().values()).find(key["AccessKeyId"], None, 0).secret == key["SecretAccessKey"]


def test_a_key_is_switched_off_and_deleted(iam: Iam):
    iam("CreateUser", UserName="ci")
    key_id = iam("CreateAccessKey", UserName="ci")["AccessKey"]["AccessKeyId"]

    iam("UpdateAccessKey", UserName="ci", AccessKeyId=key_id, Status="Inactive")
    assert not iam.records()["ci"].keys[0].is_active
    iam("DeleteAccessKey", UserName="ci", AccessKeyId=key_id)
    assert iam.records()["ci"].keys == ()

    code, message = iam.refusal("DeleteAccessKey", UserName="ci", AccessKeyId=key_id)
    assert (code, message) == ("NoSuchEntity", f"The Access Key with id {key_id} cannot be found.")


def test_the_last_use_is_told(iam: Iam):
    iam("CreateUser", UserName="ci")
    key_id = iam("CreateAccessKey", UserName="ci")["AccessKey"]["AccessKeyId"]
    assert iam("GetAccessKeyLastUsed", AccessKeyId=key_id)["AccessKeyLastUsed"]["ServiceName"] == "N/A"

    iam.last_used.note(key_id, "lambda", "eu-west-1")

    answer = iam("GetAccessKeyLastUsed", AccessKeyId=key_id)
    assert (answer["UserName"], answer["AccessKeyLastUsed"]["ServiceName"]) == ("ci", "lambda")
    assert answer["AccessKeyLastUsed"]["Region"] == "eu-west-1"


def test_uses_are_remembered_up_to_a_number(monkeypatch):
    monkeypatch.setattr("limen.control.iam.last_used.MOST_KEYS", 2)
    used = LastUsed(lambda: 0.0)
    for key_id in ("a", "b", "a", "c"):
        used.note(key_id, "sts", "us-east-1")

    assert used.find("b") is None
    assert used.find("a") == {"LastUsedDate": "1970-01-01T00:00:00Z", "ServiceName": "sts", "Region": "us-east-1"}
