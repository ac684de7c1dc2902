"""What condition keys of all services have as values for a call.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

import time
from collections.abc import Sequence

from limen.aws.call import Client
from limen.aws.identities import Principal


def context_of(principal: Principal, client: Client, region: str, now: float) -> dict[str, str]:
    """By names in lower case; `now` in seconds since 1970."""
    context = {
        "aws:currenttime": _time_text(now),
        "aws:epochtime": str(int(now)),
        "aws:principalaccount": principal.account,
        "aws:principalarn": principal.principal_arn,
        "aws:principalisawsservice": "false",
        "aws:principaltype": "Account" if principal.is_root else principal.kind,
        "aws:requestedregion": region,
        "aws:securetransport": "true",
        "aws:userid": principal.user_id,
        "aws:viaawsservice": "false",
    }
    for key, value in (("sourceip", client.address), ("useragent", client.user_agent), ("referer", client.referer)):
        if value:
            context[f"aws:{key}"] = value
    if principal.kind == "User":
        context["aws:username"] = principal.name
    session = principal.session
    if session is not None:
        # Of temporary credentials alone; nobody here has a second factor.
        context["aws:multifactorauthpresent"] = "false"
        context["aws:tokenissuetime"] = _time_text(session.issued)
        if session.source_identity:
            context["aws:sourceidentity"] = session.source_identity
    context.update((f"aws:principaltag/{key.lower()}", value) for key, value in principal.tags.items())
    return context


def tag_context(tags: dict[str, str]) -> dict[str, str | Sequence[str]]:
    """Of the tags that a call sets."""
    if not tags:
        return {}
    return {"aws:tagkeys": list(tags), **{f"aws:requesttag/{key.lower()}": value for key, value in tags.items()}}


def _time_text(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
