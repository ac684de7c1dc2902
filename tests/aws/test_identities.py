"""Access keys and sessions as the processes that verify signatures find them."""

import os

import pytest

from limen.aws.identities import (
    ROLE,
    SESSIONS,
    USER,
    ExpiredSessionError,
    Identities,
    IdentityChanges,
    IdentityRecord,
    KeyRecord,
    SessionClaims,
    UnknownSignerError,
    root_record,
    seal_session,
)
from limen.aws.sealing import Seal

ACCOUNT = "000000000000"
NOW = 1_800_000_000.0
SEAL = Seal(os.urandom(32), SESSIONS)


def user(name: str = "ci", *keys: KeyRecord) -> IdentityRecord:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return IdentityRecord(
        kind=USER, arn=arn, account=ACCOUNT, id=f"AIDA{name}", name=name, keys=keys, policies=("{}",), tags={"a": "b"}
    )


ROLE_RECORD = IdentityRecord(
    kind=ROLE,
    arn=f"arn:aws:iam::{ACCOUNT}:role/path/deploy",
    account=ACCOUNT,
    id="AROA1",
    name="deploy",
    policies=("p",),
)
CLAIMS = SessionClaims(
    access_key_id="ASIAONE",
    secret="session-secret",
    principal=ROLE_RECORD.arn,
    principal_id="AROA1",
    session_name="me",
    issued=int(NOW),
    expires=int(NOW) + 900,
    tags={"team": "web"},
    policies=("narrow",),
)


def test_a_key_leads_to_its_secret_and_its_user():
    identities = Identities(SEAL, [user("ci", KeyRecord("AKIAONE", "secret"))])

    signer = identities.find("AKIAONE", None, NOW)

    assert signer.secret == "secret"
    assert (signer.principal.kind, signer.principal.arn) == ("User", f"arn:aws:iam::{ACCOUNT}:user/ci")
    assert (signer.principal.user_id, signer.principal.name, signer.principal.policies) == ("AIDAci", "ci", ("{}",))


def test_inactive_and_removed_keys_are_unknown():
    identities = Identities(SEAL, [user("ci", KeyRecord("AKIAONE", "s", is_active=False), KeyRecord("AKIATWO", "s"))])

    with pytest.raises(UnknownSignerError):
        identities.find("AKIAONE", None, NOW)
    identities.put(user("ci"))
    with pytest.raises(UnknownSignerError):
        identities.find("AKIATWO", None, NOW)


def test_a_session_acts_as_its_role_by_its_own_name():
    identities = Identities(SEAL, [ROLE_RECORD])

    principal = identities.find("ASIAONE", seal_session(SEAL, CLAIMS), NOW).principal

    assert principal.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/me"
    assert (principal.principal_arn, principal.user_id) == (ROLE_RECORD.arn, "AROA1:me")
    assert (principal.policies, principal.session_policies, principal.tags) == (("p",), ("narrow",), {"team": "web"})


def test_a_session_ends():
    identities = Identities(SEAL, [ROLE_RECORD])
    token = seal_session(SEAL, CLAIMS)

    with pytest.raises(ExpiredSessionError):
        identities.find("ASIAONE", token, NOW + 900)
    identities.put(IdentityRecord(kind=ROLE, arn=ROLE_RECORD.arn, account=ACCOUNT, id="AROA2", name="deploy"))
    with pytest.raises(UnknownSignerError):
        identities.find("ASIAONE", token, NOW)


def test_a_token_is_good_for_its_own_key_alone():
    identities = Identities(SEAL, [ROLE_RECORD, user("ci", KeyRecord("AKIAONE", "secret"))])
    token = seal_session(SEAL, CLAIMS)

    for key_id, given in (("AKIAONE", token), ("ASIAONE", token[:-4] + "AAAA"), ("ASIAONE", ""), ("ASIAONE", None)):
        with pytest.raises(UnknownSignerError):
            identities.find(key_id, given, NOW)


def test_a_process_without_the_seal_knows_no_sessions():
    with pytest.raises(UnknownSignerError):
        Identities(None, [ROLE_RECORD]).find("ASIAONE", seal_session(SEAL, CLAIMS), NOW)


def test_a_user_session_acts_as_the_user():
    record = user("ci")
    claims = SessionClaims(
        access_key_id="ASIATWO",
        secret="s",
        principal=record.arn,
        principal_id=record.id,
        issued=0,
        expires=int(NOW) + 1,
    )

    principal = Identities(SEAL, [record]).find("ASIATWO", seal_session(SEAL, claims), NOW).principal

    assert (principal.kind, principal.arn, principal.access_key_id) == ("User", record.arn, "ASIATWO")
    assert principal.session == claims


def test_the_admin_credentials_are_the_account():
    principal = Identities(SEAL, [root_record(ACCOUNT, [KeyRecord("AKID", "s")])]).find("AKID", None, NOW).principal

    assert (principal.is_root, principal.arn, principal.user_id) == (True, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)


def test_missed_changes_are_noticed():
    identities = Identities(SEAL)

    assert identities.apply(IdentityChanges(1, True, [user("a"), user("b")], [], 2))
    assert identities.apply(IdentityChanges(2, False, [user("c")], [user("a").arn], 2))
    assert not identities.apply(IdentityChanges(3, False, [user("d")], [], 2))


def test_secrets_are_not_shown():
    signer = Identities(SEAL, [user("ci", KeyRecord("AKIAONE", "hidden-one"))]).find("AKIAONE", None, NOW)

    assert "hidden" not in f"{signer} {signer.principal} {user('ci', KeyRecord('AKIAONE', 'hidden-one'))}"
    assert "session-secret" not in repr(CLAIMS)
