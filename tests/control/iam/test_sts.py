"""Sessions: who may assume which role, for how long, and what the session carries."""

import json
from typing import Any

from limen.aws.identities import Principal
from tests.control.iam.conftest import ACCOUNT, Iam, root
from tests.control.iam.test_users import ALLOW_ALL

USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/ci"


def user(*policies: str, **more: Any) -> Principal:
    return Principal(kind="User", arn=USER_ARN, account=ACCOUNT, user_id="AIDA", name="ci", policies=policies, **more)


def trust(principal: Any, action: Any = "sts:AssumeRole", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": action, **more}


def role(iam: Iam, *statements: dict[str, Any], **more: Any) -> str:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    made = iam("CreateRole", RoleName="deploy", AssumeRolePolicyDocument=text, **more)
    return str(made["Role"]["Arn"])


def assume(iam: Iam, arn: str, caller: Principal, **members: Any) -> dict[str, Any]:
    iam.caller = caller
    return iam("AssumeRole", "sts", RoleArn=arn, RoleSessionName="me", **members)


def refused(iam: Iam, arn: str, caller: Principal, **members: Any) -> tuple[str, str]:
    iam.caller = caller
    return iam.refusal("AssumeRole", "sts", RoleArn=arn, RoleSessionName="me", **members)


def test_a_trust_policy_that_names_the_caller_is_enough(iam: Iam):
    arn = role(iam, trust({"AWS": USER_ARN}))

    answer = assume(iam, arn, user())

    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/me"
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert 0 < answer["PackedPolicySize"] < 20
    assert iam.principal(answer).principal_arn == arn


def test_one_that_names_the_account_leaves_it_to_the_policies_of_the_caller(iam: Iam):
    arn = role(iam, trust({"AWS": ACCOUNT}))

    assert refused(iam, arn, user()) == (
        "AccessDenied",
        f"User: {USER_ARN} is not authorized to perform: sts:AssumeRole on resource: {arn}",
    )
    assert assume(iam, arn, user(ALLOW_ALL))
    assert assume(iam, arn, root())


def test_a_deny_decides_wherever_it_stands(iam: Iam):
    arn = role(iam, trust({"AWS": "*"}), trust({"AWS": f"{USER_ARN}-2"}, effect="Deny"))
    deny = ALLOW_ALL.replace("Allow", "Deny")

    assert "explicit deny in an identity-based policy" in refused(iam, arn, user(ALLOW_ALL, deny))[1]
    other = Principal(kind="User", arn=f"{USER_ARN}-2", account=ACCOUNT, user_id="AIDB", policies=(ALLOW_ALL,))
    assert "explicit deny in a resource-based policy" in refused(iam, arn, other)[1]
    assert assume(iam, arn, user())


def test_services_and_strangers_are_not_the_caller(iam: Iam):
    arn = role(
        iam,
        trust({"Service": "lambda.amazonaws.com"}),
        trust({"AWS": ["111122223333", f"{USER_ARN}x"]}),
    )

    assert refused(iam, arn, user(ALLOW_ALL))[0] == "AccessDenied"
    assert refused(iam, arn, root())[0] == "AccessDenied"
    assert refused(iam, f"arn:aws:iam::{ACCOUNT}:role/none", root())[0] == "AccessDenied"
    assert refused(iam, "arn:aws:s3:::x/this-is-no-role", root())[0] == "ValidationError"


def test_conditions_of_a_trust_policy_see_the_call(iam: Iam):
    arn = role(iam, trust({"AWS": USER_ARN}, Condition={"StringEquals": {"sts:ExternalId": "42"}}))

    assert refused(iam, arn, user())[0] == "AccessDenied"
    assert refused(iam, arn, user(), ExternalId="43")[0] == "AccessDenied"
    assert assume(iam, arn, user(), ExternalId="42")


def test_a_session_carries_policies_and_tags(iam: Iam):
    arn = role(iam, trust({"AWS": USER_ARN}, ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]))
    iam("PutRolePolicy", RoleName="deploy", PolicyName="p", PolicyDocument=ALLOW_ALL)
    read_only = "arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess"

    answer = assume(
        iam,
        arn,
        user(),
        Policy=ALLOW_ALL,
        PolicyArns=[{"arn": read_only}],
        Tags=[{"Key": "team", "Value": "web"}, {"Key": "b", "Value": "c"}],
        TransitiveTagKeys=["team"],
        SourceIdentity="ana",
    )
    session = iam.principal(answer)

    assert session.policies == (ALLOW_ALL,)
    assert (len(session.session_policies), session.session_policies[1]) == (2, ALLOW_ALL)
    assert session.tags == {"team": "web", "b": "c"}
    assert (answer["SourceIdentity"], session.session.source_identity) == ("ana", "ana")

    iam.caller = root()
    chained = json.dumps({"Statement": [trust({"AWS": arn}, ["sts:AssumeRole", "sts:TagSession"])]})
    next_arn = iam("CreateRole", RoleName="next", AssumeRolePolicyDocument=chained)["Role"]["Arn"]
    further = iam.principal(assume(iam, next_arn, session))
    assert further.tags == {"team": "web"}, "transitive tags are kept, others are not"
    assert refused(iam, next_arn, session, Tags=[{"Key": "Team", "Value": "x"}])[0] == "InvalidParameterValue"
    assert refused(iam, next_arn, session, DurationSeconds=3601)[0] == "ValidationError"


def test_tags_need_a_permission_of_their_own(iam: Iam):
    arn = role(iam, trust({"AWS": USER_ARN}))

    code, message = refused(iam, arn, user(), Tags=[{"Key": "a", "Value": "b"}])

    assert code == "AccessDenied"
    assert "sts:TagSession" in message


def test_a_session_lasts_as_long_as_its_role_allows(iam: Iam):
    arn = role(iam, trust({"AWS": USER_ARN}), MaxSessionDuration=7200)

    session = iam.principal(assume(iam, arn, user(), DurationSeconds=7200)).session
    assert session.expires - session.issued == 7200
    code, message = refused(iam, arn, user(), DurationSeconds=7201)
    assert (code, message) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_a_policy_of_a_session_is_a_policy_and_short(iam: Iam):
    arn = role(iam, trust({"AWS": USER_ARN}))
    long = json.dumps({"Statement": [{"Effect": "Allow", "Action": "lambda:" + "x" * 2100, "Resource": "*"}]})

    assert refused(iam, arn, user(), Policy="{}")[0] == "MalformedPolicyDocument"
    assert refused(iam, arn, user(), Policy=long)[0] in ("PackedPolicyTooLarge", "ValidationError")


def test_a_user_gets_a_session_of_its_own(iam: Iam):
    made = iam("CreateUser", UserName="ci")["User"]
    iam.caller = Principal(kind="User", arn=made["Arn"], account=ACCOUNT, user_id=made["UserId"], name="ci")

    session = iam.principal(iam("GetSessionToken", "sts"))
    assert (session.kind, session.arn) == ("User", made["Arn"])

    iam.caller = session
    assert iam.refusal("GetSessionToken", "sts")[0] == "AccessDenied"
    assert iam("GetCallerIdentity", "sts")["Arn"] == made["Arn"]
    iam.caller = root()
    assert iam.refusal("GetSessionToken", "sts", TokenCode="123456", SerialNumber="arn:aws:iam::0:mfa/x")[0] == (
        "ValidationError"
    )


def test_every_key_is_of_the_account(iam: Iam):
    assert iam("GetAccessKeyInfo", "sts", AccessKeyId="AKIAXXXXXXXXXXXXXXXX") == {"Account": ACCOUNT}
