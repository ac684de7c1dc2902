"""Requests signed by AWS's own clients, and who may sign them."""

import json
from typing import Any

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.compat import HAS_CRT
from botocore.credentials import Credentials

from limen.aws.identities import (
    SESSIONS,
    USER,
    IdentityChanges,
    IdentityRecord,
    KeyRecord,
    SessionClaims,
    seal_session,
)
from limen.aws.sealing import Seal
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.iam_signers import Signers
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.exchange import Exchange
from tests.integrations.proxying import stage_plan
from tests.support.exchanges import exchange

ACCOUNT = "000000000000"
ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
HOST = "localhost:8443"
SEAL = Seal(b"k" * 32, SESSIONS)
assert HAS_CRT


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect: str = "Allow", resource: str = "*", **members: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource, **members}


ALLOW_ALL = policy(statement())


def user(
    name: str = "ana", *, key: tuple[str, str] = (ID, SECRET), policies: tuple[str, ...] = (ALLOW_ALL,), **more: Any
) -> IdentityRecord:
    return IdentityRecord(
        kind=more.pop("kind", USER),
        arn=more.pop("arn", f"arn:aws:iam::{ACCOUNT}:user/{name}"),
        account=more.pop("account", ACCOUNT),
        id=f"AIDA{name.upper()}",
        name=name,
        keys=(KeyRecord(*key),),
        policies=policies,
        **more,
    )


def tell(signers: Signers, *records: IdentityRecord) -> None:
    assert signers.apply(IdentityChanges(1, True, list(records), [], len(records)), SEAL.key)


def tools_for(*records: IdentityRecord) -> AuthorizerTools:
    tools = AuthorizerTools()
    tell(tools.signers, *records)
    return tools


def guarded(**more: Any) -> Guarded:
    members: dict[str, Any] = {
        "method": {"authorizationType": "AWS_IAM"},
        "authorizer": None,
        "where": "method 'GET /pets'",
        "account": ACCOUNT,
        "region": "us-east-1",
        "api_id": "a1",
        "stage_name": "prod",
        "variables": {},
    }
    return Guarded(**(members | more))


def session_of(record: IdentityRecord, *, issued: int, expires: int, **more: Any) -> Credentials:
    """What AssumeRole or GetSessionToken answers."""
    claims = SessionClaims(
        access_key_id="ASIAEXAMPLE",
        secret="temporary",
        principal=record.arn,
        principal_id=record.id,
        session_name="work",
        issued=issued,
        expires=expires,
        **more,
    )
    return Credentials("ASIAEXAMPLE", "temporary", seal_session(SEAL, claims))


def signed(
    request_line: str = "GET /prod/pets",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    *,
    credentials: Credentials | None = None,
    service: str = "execute-api",
    region: str = "us-east-1",
    expires: int | None = None,
    regions: str = "",
    changed: dict[str, str] | None = None,
) -> Exchange:
    """An exchange with a request as botocore signs it: in a header, in the query where `expires` is given, by version
    4A where `regions` are. `changed` headers are added after that."""
    method, _, target = request_line.partition(" ")
    request = AWSRequest(method, f"https://{HOST}{target}", headers=dict(headers or {}), data=body)
    credentials = credentials or Credentials(ID, SECRET)
    if regions:
        from botocore.crt.auth import CrtSigV4AsymAuth, CrtSigV4AsymQueryAuth

        if expires is not None:
            CrtSigV4AsymQueryAuth(credentials, service, regions, expires=expires).add_auth(request)
        else:
            CrtSigV4AsymAuth(credentials, service, regions).add_auth(request)
    elif expires is not None:
        SigV4QueryAuth(credentials, service, region, expires=expires).add_auth(request)
    else:
        SigV4Auth(credentials, service, region).add_auth(request)
    line = f"{method} {request.url.removeprefix(f'https://{HOST}')}"
    sent = {name: value for name, value in request.headers.items() if name.lower() != "host"}
    return routed(exchange(line, sent | (changed or {}), body))


def routed(made: Exchange) -> Exchange:
    """As the table leaves it, behind a stage of one segment."""
    _, _, below = made.path.lstrip(b"/").partition(b"/")
    made.route_path = b"/" + below
    made.stage = stage_plan("prod")
    return made
