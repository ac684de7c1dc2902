"""What a line of the audit log says of a call, by the field names of CloudTrail.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

import time
from typing import Any
from uuid import uuid4

from limen.aws.call import Answered
from limen.aws.identities import Principal
from limen.control.audit.redaction import shown_members
from limen.control.invoke import READS

VERSION = "1.11"
MOST_TEXT = 1024
_SOURCES = {"apigatewayv2": "apigateway.amazonaws.com", "limen": "limen", "": "unknown"}
_OWN_READS = ("Get", "List", "Explain")


def event_of(answered: Answered, account: str, now: float) -> dict[str, Any]:
    """`now` in seconds since 1970."""
    event: dict[str, Any] = {
        "eventVersion": VERSION,
        "userIdentity": _identity(answered),
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "eventSource": _SOURCES.get(answered.service, f"{answered.service}.amazonaws.com"),
        "eventName": answered.operation or "unknown",
        "awsRegion": answered.region,
        "sourceIPAddress": answered.client.address,
        "userAgent": answered.client.user_agent[:MOST_TEXT],
    }
    if answered.error is not None:
        event |= {"errorCode": answered.error.code, "errorMessage": _safe_message(answered)}
    return event | {
        "requestParameters": shown_members(answered),
        "requestID": answered.request_id,
        "eventID": str(uuid4()),
        "readOnly": is_read(answered.service, answered.operation),
        "eventType": "LimenCall" if answered.service == "limen" else "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
    }


def is_read(service: str, operation: str) -> bool:
    return operation.startswith(_OWN_READS if service == "limen" else READS)


def _identity(answered: Answered) -> dict[str, Any]:
    caller = answered.caller
    if caller is None:
        told = {"type": "Unknown"}
        return told | ({"accessKeyId": answered.access_key_id[:128]} if answered.access_key_id else {})
    identity: dict[str, Any] = {
        "type": "IAMUser" if caller.kind == "User" else caller.kind,
        "principalId": caller.user_id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": caller.access_key_id,
    }
    if caller.kind == "User":
        identity["userName"] = caller.name
    if caller.session is not None:
        identity["sessionContext"] = _session(caller)
    return identity


def _session(caller: Principal) -> dict[str, Any]:
    assert caller.session is not None
    made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(caller.session.issued))
    context: dict[str, Any] = {"attributes": {"creationDate": made, "mfaAuthenticated": "false"}}
    if caller.issuer:
        issuer = {"type": "Role", "arn": caller.issuer, "accountId": caller.account, "userName": caller.name}
        context["sessionIssuer"] = issuer | {"principalId": caller.user_id.partition(":")[0]}
    if caller.session.source_identity:
        context["sourceIdentity"] = caller.session.source_identity
    return context


def _safe_message(answered: Answered) -> str:
    """A wrong signature is answered with the text that it should have signed, which holds the whole query."""
    assert answered.error is not None
    return answered.error.message.partition("\n")[0][:MOST_TEXT]
