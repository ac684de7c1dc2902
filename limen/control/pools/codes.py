"""Codes of six digits that prove that somebody reads an address: sent, and taken back once, for a while.

Only a keyed digest is kept, in the user's document, by what the code is for.
"""

import hmac
import secrets
from typing import Any

from limen.control.call import Call
from limen.control.pools.accounts import User, change
from limen.control.pools.documents import Pool
from limen.control.pools.errors import expired_code, too_many_attempts, too_many_requests, wrong_code

SIGN_UP, FORGOTTEN = "sign-up", "forgotten password"
VERIFIABLE = ("phone_number", "email")
"""Where both can be, the telephone number comes first, as on AWS."""
_LIFETIMES = {SIGN_UP: 24 * 3600, FORGOTTEN: 3600}
_LIFETIME = 24 * 3600
"""Seconds; codes for attributes have this one."""


def attribute_purpose(name: str) -> str:
    return f"attribute {name}"


def send_code(call: Call, user: User, purpose: str, attribute: str) -> dict[str, Any]:
    """CodeDeliveryDetails of a new code, which takes the place of the one before."""
    tools = call.settings.pool_tools
    code = f"{secrets.randbelow(10**6):06d}"
    expires = tools.now() + _LIFETIMES.get(purpose, _LIFETIME)
    digest = _digest(call, user, purpose, code)
    codes = user.document.get("_codes", {}) | {
        purpose: {"digest": digest, "expires": expires, "to": attribute, "address": user.attributes.get(attribute, "")}
    }
    change(call, user, _codes=codes)
    tools.outbox.send(
        pool=user.pool.id, username=user.name, to=user.attributes.get(attribute, ""), kind=purpose, code=code
    )
    return delivery_details(attribute, user.attributes.get(attribute, ""))


def take_code(call: Call, user: User, purpose: str, code: str) -> tuple[str, dict[str, Any]]:
    """The attribute that the code was sent to, and the codes that are left; raises for a wrong or late one."""
    tools = call.settings.pool_tools
    who = (user.pool.id, user.key, purpose)
    if tools.codes.is_locked(who):
        raise too_many_attempts()
    if not tools.failures.has(call.aws.client.address):
        raise too_many_requests()
    found = user.document.get("_codes", {}).get(purpose)
    if found is None:
        raise expired_code()
    if not hmac.compare_digest(found["digest"], _digest(call, user, purpose, code)):
        tools.codes.fail(who)
        tools.failures.take(call.aws.client.address)
        raise wrong_code()
    if found["expires"] < tools.now():
        raise expired_code()
    tools.codes.succeed(who)
    # A code proves the address that it was sent to, not one that was put in its place since.
    is_same = user.attributes.get(found["to"], "") == found["address"]
    left = {name: value for name, value in user.document["_codes"].items() if name != purpose}
    return found["to"] if is_same else "", left


def delivery_details(attribute: str, address: str) -> dict[str, Any]:
    medium = "SMS" if attribute == "phone_number" else "EMAIL"
    return {"Destination": _masked(address), "DeliveryMedium": medium, "AttributeName": attribute}


def find_reachable(pool: Pool, attributes: dict[str, str]) -> str | None:
    """The attribute that a code for a sign-up can be sent to."""
    return next((name for name in VERIFIABLE if name in pool.auto_verified and attributes.get(name)), None)


def find_recovery(pool: Pool, attributes: dict[str, str]) -> str | None:
    """The verified attribute that a code for a forgotten password is sent to, by the priorities of the pool."""
    names = pool.recovery_attributes or VERIFIABLE
    return next((name for name in names if attributes.get(name) and attributes.get(f"{name}_verified") == "true"), None)


def _digest(call: Call, user: User, purpose: str, code: str) -> str:
    content = "\0".join((user.pool.id, user.subject, purpose, code))
    return call.settings.pool_tools.sealer.mac(content.encode("utf-8", "surrogatepass"), "code").hex()


def _masked(address: str) -> str:
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}***@{domain[:1]}***"
    return f"+*******{address[-4:]}"
