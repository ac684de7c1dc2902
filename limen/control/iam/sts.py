"""STS: who calls, and sessions of roles and users. No session is stored: its token says what there is to know of it.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import secrets
import time
from typing import Any

from msgspec.structs import replace

from limen.aws.arn import find_arn
from limen.aws.errors import AwsError
from limen.aws.identities import Principal, SessionClaims, assumed_role_arn, seal_session
from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.aws_policies import default_document
from limen.control.iam.documents import ROLE
from limen.control.iam.errors import access_denied, validation
from limen.control.iam.policies import find_any
from limen.control.iam.policy_documents import check_identity_policy, size_of
from limen.control.iam.tag_lists import checked_tags
from limen.control.iam.trust import check_trusted
from limen.store.documents import Document

HOUR = 3600
CHAINED_MOST = HOUR
"""Of a session that is made from the session of a role."""
ROOT_MOST = HOUR
MOST_POLICY = 2048
"""Characters of a session policy."""
MOST_TOKEN = 12288
"""Characters; a longer one does not go into a header with others beside it."""


def get_caller_identity(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Anybody may ask who they are."""
    caller = _caller(call)
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


def get_session_token(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    caller = _caller(call)
    if caller.session is not None:
        raise access_denied("Cannot call GetSessionToken with session credentials")
    if members.get("SerialNumber") or members.get("TokenCode"):
        raise validation("Limen has no MFA devices: SerialNumber and TokenCode are not supported")
    most = ROOT_MOST if caller.is_root else 36 * HOUR
    seconds = min(int(members.get("DurationSeconds", 12 * HOUR)), most)
    claims = _claims(caller.arn, caller.account if caller.is_root else caller.user_id, seconds)
    return {"Credentials": _credentials(call, claims)}


def assume_role(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    caller, arn = _caller(call), members["RoleArn"]
    role = _find_role(call, arn)
    claims = _session(call, members, caller)
    check_trusted(call.aws, caller, arn, role, members, claims)
    assert role is not None  # or it would not trust anybody
    seconds = _duration(caller, role, members)
    claims = replace(claims, principal=role["Arn"], principal_id=role["RoleId"], expires=claims.issued + seconds)
    credentials = _credentials(call, claims)
    user = {
        "AssumedRoleId": f"{role['RoleId']}:{claims.session_name}",
        "Arn": assumed_role_arn(call.aws.account, role["RoleName"], claims.session_name),
    }
    used = -(-len(credentials["SessionToken"]) * 100 // MOST_TOKEN)
    answer = {"Credentials": credentials, "AssumedRoleUser": user, "PackedPolicySize": used}
    return answer | ({"SourceIdentity": claims.source_identity} if claims.source_identity else {})


def get_access_key_info(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Every key here is of the one account."""
    return {"Account": call.aws.account}


def _caller(call: Call) -> Principal:
    if call.aws.caller is None:
        raise access_denied("Nobody signed this call")
    return call.aws.caller


def _find_role(call: Call, arn: str) -> Document | None:
    parsed = find_arn(arn)
    if parsed is None or parsed.service != "iam" or not parsed.resource.startswith("role/"):
        raise validation(f"{arn[:200]} is invalid")
    role = documents.look_up(call, ROLE, parsed.resource.rpartition("/")[2])
    return role if role is not None and role["Arn"] == arn else None


def _duration(caller: Principal, role: Document, members: dict[str, Any]) -> int:
    seconds = int(members.get("DurationSeconds", HOUR))
    if caller.kind == "AssumedRole" and seconds > CHAINED_MOST:
        raise validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    if seconds > role["MaxSessionDuration"]:
        raise validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return seconds


def _session(call: Call, members: dict[str, Any], caller: Principal) -> SessionClaims:
    """What the call asks for; tags of the caller's own session that are to be kept come with it."""
    before = caller.session
    kept = {key: before.tags[key] for key in before.transitive if key in before.tags} if before is not None else {}
    tags = {tag["Key"]: tag["Value"] for tag in checked_tags(members.get("Tags"))}
    if {key.lower() for key in kept} & {key.lower() for key in tags}:
        raise AwsError("InvalidParameterValue", "One of the specified transitive tag keys can't be set", 400)
    identity = before.source_identity if before is not None else ""
    if identity and members.get("SourceIdentity") not in (None, identity):
        raise access_denied("The source identity of a session cannot be changed")
    return replace(
        _claims("", "", 0),
        session_name=members["RoleSessionName"],
        tags=kept | tags,
        transitive=(*kept, *(key for key in members.get("TransitiveTagKeys", []) if key in tags)),
        policies=tuple(_policies(call, members)),
        source_identity=identity or members.get("SourceIdentity") or "",
    )


def _policies(call: Call, members: dict[str, Any]) -> list[str]:
    """What the session may do at most."""
    policies = [default_document(find_any(call, each["arn"])) for each in members.get("PolicyArns", [])]
    text = members.get("Policy")
    if text:
        check_identity_policy(text)
        if size_of(text) > MOST_POLICY:
            raise AwsError("PackedPolicyTooLarge", f"A session policy has at most {MOST_POLICY} characters", 400)
        policies.append(text)
    return policies


def _claims(principal: str, principal_id: str, seconds: int) -> SessionClaims:
    now = int(time.time())
    return SessionClaims(
        access_key_id=documents.new_unique_id("ASIA"),
        secret=secrets.token_urlsafe(30),
        principal=principal,
        principal_id=principal_id,
        issued=now,
        expires=now + seconds,
    )


def _credentials(call: Call, claims: SessionClaims) -> dict[str, Any]:
    token = seal_session(call.settings.sessions_seal, claims)
    if len(token) > MOST_TOKEN:
        raise AwsError("PackedPolicyTooLarge", "The session policies and tags are too large for a session token", 400)
    expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(claims.expires))
    return {
        "AccessKeyId": claims.access_key_id,
        "SecretAccessKey": claims.secret,
        "SessionToken": token,
        "Expiration": expiration,
    }
