"""Records of users and roles follow their documents."""

import os
from collections.abc import Iterator

import pytest

from limen.aws.identities import Identities
from limen.aws.sealing import Seal
from limen.control.iam.documents import GROUP, POLICY, ROLE, USER, parent_of
from limen.control.iam.identities import SECRETS, identities, identity_changes
from limen.store.documents import Document
from limen.store.store import Store

ACCOUNT = "000000000000"
PARENT = parent_of(ACCOUNT)
SEAL = Seal(os.urandom(32), SECRETS)
AWS_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def user(name: str, **more: object) -> Document:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return {"Path": "/", "UserName": name, "UserId": f"AIDA{name}", "Arn": arn, **more}


def role(name: str, **more: object) -> Document:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return {"Path": "/", "RoleName": name, "RoleId": f"AROA{name}", "Arn": arn, **more}


def managed(name: str, text: str) -> Document:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    return {"PolicyName": name, "Arn": arn, "DefaultVersionId": "v1", "_versions": {"v1": {"Document": text}}}


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store.open("sqlite://")
    yield opened
    opened.close()


def put(store: Store, noun: str, key: str, document: Document | None) -> None:
    with store.transaction() as transaction:
        if document is None:
            transaction.delete(noun, PARENT, key)
        else:
            transaction.put(noun, PARENT, key, document)


def test_a_record_has_all_policies_that_speak_for_a_user(store: Store):
    key = {"AccessKeyId": "AKIAONE", "Status": "Active", "_secret": SEAL.close(b"secret", "AKIAONE")}
    put(store, POLICY, "mine", managed("mine", "managed"))
    put(store, GROUP, "team", {"GroupName": "team", "_policies": {"g": "of the group"}})
    document = user(
        "ana",
        _keys=[key],
        _policies={"p": "inline"},
        _attached=[f"arn:aws:iam::{ACCOUNT}:policy/mine", AWS_POLICY],
        _groups=["team"],
        Tags=[{"Key": "a", "Value": "b"}],
    )
    put(store, USER, "ana", document)

    with store.reader() as reader:
        (record,) = identities(reader, ACCOUNT, SEAL)

    assert record.policies[:2] == ("inline", "managed")
    assert "logs:PutLogEvents" in record.policies[2]
    assert record.policies[3:] == ("of the group",)
    assert (record.keys[0].secret, record.tags) == ("secret", {"a": "b"})


def test_a_boundary_that_is_not_known_allows_nothing(store: Store):
    put(store, ROLE, "r", role("r", PermissionsBoundary={"PermissionsBoundaryArn": "arn:aws:iam::aws:policy/Unheard"}))

    with store.reader() as reader:
        (record,) = identities(reader, ACCOUNT, SEAL)

    assert record.boundary == '{"Version":"2012-10-17","Statement":[]}'


def test_a_key_of_another_key_file_does_not_work(store: Store, caplog: pytest.LogCaptureFixture):
    sealed = Seal(os.urandom(32), SECRETS).close(b"secret", "AKIAONE")
    put(store, USER, "ana", user("ana", _keys=[{"AccessKeyId": "AKIAONE", "Status": "Active", "_secret": sealed}]))

    with store.reader() as reader:
        assert identities(reader, ACCOUNT, SEAL)[0].keys == ()
    assert "AKIAONE was stored under another key file" in caplog.text


def test_changes_follow_users_one_by_one_and_shared_policies_as_a_whole(store: Store):
    known = Identities()
    put(store, USER, "ana", user("ana"))
    put(store, USER, "bob", user("bob"))
    with store.reader() as reader:
        assert known.apply(identity_changes(reader, ACCOUNT, SEAL, None))
        since = reader.revision

    put(store, USER, "bob", None)
    put(store, ROLE, "r", role("r", _policies={"p": "x"}))
    with store.reader() as reader:
        changes = identity_changes(reader, ACCOUNT, SEAL, since)
        assert (changes.is_whole, [each.name for each in changes.records]) == (False, ["r"])
        assert changes.gone == [f"arn:aws:iam::{ACCOUNT}:user/bob"]
        assert known.apply(changes)
        since = reader.revision

    put(store, POLICY, "mine", managed("mine", "managed"))
    with store.reader() as reader:
        changes = identity_changes(reader, ACCOUNT, SEAL, since)
    assert changes.is_whole
    assert known.apply(changes)
    assert len(known) == 2


def test_one_deleted_and_made_again_replaces_the_old(store: Store):
    known = Identities()
    put(store, USER, "ana", user("ana"))
    with store.reader() as reader:
        known.apply(identity_changes(reader, ACCOUNT, SEAL, None))
        since = reader.revision

    put(store, USER, "ana", user("ana") | {"Path": "/team/", "Arn": f"arn:aws:iam::{ACCOUNT}:user/team/ana"})
    with store.reader() as reader:
        assert known.apply(identity_changes(reader, ACCOUNT, SEAL, since))
