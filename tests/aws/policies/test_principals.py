"""Principal and NotPrincipal: who is meant."""

from typing import Any

import pytest

from limen.aws.identities import Principal
from limen.aws.policies.asked import ANYBODY, Asked, Asker, Effect, principal_asker, service_asker
from limen.aws.policies.policy import compile_identity_policy, compile_policy

ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
USER = f"arn:aws:iam::{ACCOUNT}:user/team/ana"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/dev"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/dev/ana"

user = principal_asker(Principal(kind="User", arn=USER, account=ACCOUNT, user_id="AIDAAAAAAAAAAAAAAAAAA"))
session = principal_asker(
    Principal(kind="AssumedRole", arn=SESSION, account=ACCOUNT, user_id="AROAAAAAAAAAAAAAAAAAA:ana", issuer=ROLE)
)
root = principal_asker(Principal(kind="Root", arn=ROOT, account=ACCOUNT, user_id=ACCOUNT))
service = service_asker("apigateway.amazonaws.com")


def decide(asker: Asker, effect: str = "Allow", **principal: Any) -> Effect:
    statement = {"Effect": effect, "Action": "*", "Resource": "*", **principal}
    return compile_policy({"Statement": [statement]}).decide(Asked("a:b", "c", {}, asker)).effect


@pytest.mark.parametrize(
    ("named", "askers"),
    [
        ("*", [user, session, root, service, ANYBODY]),
        ({"AWS": "*"}, [user, session, root, service, ANYBODY]),
        ({"AWS": ACCOUNT}, [user, session, root]),
        ({"AWS": ROOT}, [user, session, root]),
        ({"AWS": USER}, [user]),
        ({"AWS": "AIDAAAAAAAAAAAAAAAAAA"}, [user]),
        ({"AWS": ROLE}, [session]),
        ({"AWS": "AROAAAAAAAAAAAAAAAAAA"}, [session]),
        ({"AWS": [SESSION, USER]}, [session, user]),
        ({"Service": "apigateway.amazonaws.com"}, [service]),
        ({"Service": "*"}, [service]),
        ({"AWS": USER, "Service": ["apigateway.amazonaws.com"]}, [user, service]),
        ({"AWS": USER, "Federated": "cognito-identity.amazonaws.com"}, [user]),
        ({"Federated": "*"}, []),
        ({"CanonicalUser": "*"}, []),
        ({"AWS": []}, []),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}, []),
        ({"AWS": "apigateway.amazonaws.com"}, []),
        ({"AWS": "999999999999"}, []),
        ({"Everybody": "*"}, []),
        ({}, []),
        ("**", []),
        (None, []),
    ],
)
def test_whom_a_principal_means(named: Any, askers: list[Asker]) -> None:
    for asker in (user, session, root, service, ANYBODY):
        assert (decide(asker, Principal=named) is Effect.ALLOW) == (asker in askers)


def test_a_deny_for_whom_nobody_knows_holds() -> None:
    for named in ({"Federated": "x"}, {"AWS": "arn:aws:iam::*:user/a"}, None, {}):
        assert decide(ANYBODY, "Deny", Principal=named) is Effect.DENY


def test_not_principal_spares_whom_it_names_at_each_level() -> None:
    assert decide(session, "Deny", NotPrincipal={"AWS": [ACCOUNT, ROLE, SESSION]}) is Effect.NEITHER
    assert decide(session, "Deny", NotPrincipal={"AWS": [ROOT, ROLE]}) is Effect.DENY
    assert decide(user, "Deny", NotPrincipal={"AWS": [USER]}) is Effect.DENY
    assert decide(user, "Deny", NotPrincipal={"AWS": [USER, ROOT]}) is Effect.NEITHER
    assert decide(service, "Deny", NotPrincipal={"Service": "apigateway.amazonaws.com"}) is Effect.NEITHER
    assert decide(ANYBODY, "Deny", NotPrincipal={"AWS": [ACCOUNT]}) is Effect.DENY


def test_not_principal_allows_all_others() -> None:
    assert decide(ANYBODY, NotPrincipal={"AWS": USER}) is Effect.ALLOW
    assert decide(user, NotPrincipal={"AWS": USER}) is Effect.NEITHER
    assert decide(user, NotPrincipal={"AWS": ACCOUNT}) is Effect.NEITHER
    assert decide(ANYBODY, NotPrincipal="*") is Effect.NEITHER
    assert decide(ANYBODY, NotPrincipal={"Federated": "x"}) is Effect.NEITHER
    assert decide(user, Principal="*", NotPrincipal={"AWS": USER}) is Effect.NEITHER


def test_policies_of_identities_name_no_principals() -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert compile_identity_policy({"Statement": statement}).decide(Asked("a:b", "c")).is_allowed
    named = {**statement, "Principal": "*"}
    assert not compile_identity_policy({"Statement": named}).decide(Asked("a:b", "c")).is_allowed
