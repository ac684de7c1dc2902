"""What conditions of policies may look at."""

import re
from typing import Any

from limen.aws.identities import Principal, SessionClaims
from limen.aws.policies.asked import ANYBODY
from limen.features.authorizers.condition_keys import asker_of, caller_values, condition_values, is_known
from limen.gateway.caller import Caller, IamIdentity
from limen.gateway.exchange import Exchange
from tests.integrations.proxying import stage_plan
from tests.support import exchanges


def exchange(*given: Any) -> Exchange:
    made = exchanges.exchange(*given)
    made.stage = stage_plan("stage")
    return made


def test_of_a_request() -> None:
    values = condition_values(exchange("GET /", {"User-Agent": "curl/8", "Referer": "https://a.example/"}))
    assert (values["aws:sourceip"], values["aws:useragent"]) == ("192.0.2.1", "curl/8")
    assert values["aws:referer"] == "https://a.example/"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", values["aws:currenttime"])
    assert values["aws:requestedregion"] == "us-east-1"
    assert "aws:useragent" not in condition_values(exchange())
    assert all(map(is_known, values))


def test_of_who_signed_it() -> None:
    made = exchange()
    session = SessionClaims(
        access_key_id="ASIA", secret="s", principal="r", principal_id="AROA", issued=0, expires=9, source_identity="hq"
    )
    principal = Principal(
        kind="AssumedRole",
        arn="arn:aws:sts::111111111111:assumed-role/dev/ana",
        account="111111111111",
        user_id="AROA:ana",
        issuer="arn:aws:iam::111111111111:role/dev",
        tags={"Team": "red"},
        session=session,
    )
    iam = IamIdentity("ASIA", "111111111111", "AROA:ana", principal.arn, organization="o-1", principal=principal)
    made.caller = Caller("iam", iam=iam)
    values = caller_values(made)
    assert values["aws:principalarn"] == "arn:aws:iam::111111111111:role/dev"
    assert (values["aws:userid"], values["aws:principaltag/team"]) == ("AROA:ana", "red")
    assert (values["aws:principalorgid"], values["aws:sourceidentity"]) == ("o-1", "hq")
    assert values["aws:tokenissuetime"] == "1970-01-01T00:00:00Z"
    assert values["aws:multifactorauthpresent"] == "false"
    assert "aws:username" not in values
    assert all(map(is_known, values))
    assert principal.issuer in asker_of(made).names


def test_of_a_user() -> None:
    made = exchange()
    arn = "arn:aws:iam::111111111111:user/ana"
    made.caller = Caller("iam", iam=IamIdentity("AKIA", "111111111111", "AIDA", arn))
    assert caller_values(made)["aws:principalarn"] == arn
    assert "aws:multifactorauthpresent" not in caller_values(made)
    assert "111111111111" in asker_of(made).names
    principal = Principal(kind="User", arn=arn, account="111111111111", user_id="AIDA", name="ana")
    made.caller = Caller("iam", iam=IamIdentity("AKIA", "111111111111", "AIDA", arn, principal=principal))
    assert caller_values(made)["aws:username"] == "ana"


def test_bearers_of_tokens_are_nobody_to_iam() -> None:
    made = exchange()
    made.caller = Caller("jwt", principal_id="ana", claims={"sub": "ana"})
    assert asker_of(made) is ANYBODY
    assert caller_values(made).keys() == condition_values(made).keys()


def test_what_is_not_known() -> None:
    assert is_known("aws:principaltag/team")
    assert is_known("aws:sourcevpce")
    assert not is_known("aws:unheardof")
    assert not is_known("s3:prefix")
