"""USER_SRP_AUTH: a password proven without being sent, as the SDKs of browsers do it."""

import hmac
import re
import uuid
from base64 import b64decode, b64encode
from datetime import UTC, datetime

from limen.control.call import Answer, Aside, Call
from limen.control.pools.accounts import User, find_account, fold
from limen.control.pools.challenges import PasswordProof, check_age, expiry, open_challenge, seal_challenge, use_up
from limen.control.pools.credentials import find_kept, fingerprint
from limen.control.pools.documents import Client, Pool
from limen.control.pools.errors import invalid_parameter, no_user, not_authorized, wrong_password
from limen.control.pools.first_factor import passed, settle
from limen.control.pools.guards import check_may_try, note_failure
from limen.identity.srp import SrpError, Verifier, derive_key, public_number, read_public, secret_number, signature

MOST_SKEW = 300.0
"""Seconds that a client's clock may be off."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIMESTAMP = re.compile(
    rf"(?:{'|'.join(_DAYS)}) ({'|'.join(_MONTHS)}) ([0-9]{{1,2}}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) UTC ([0-9]{4})"
)


def begin(call: Call, client: Client, username: str, public: str) -> Answer:
    """The challenge PASSWORD_VERIFIER. Who does not exist gets one too, where clients hide that: no answer fits it."""
    pool = client.pool
    try:
        read_public(public)
    except SrpError as error:
        raise invalid_parameter(str(error)) from None
    user = find_account(call, pool, username)
    if user is None and not client.hides_users:
        raise no_user()
    name = fold(pool, username) if user is None else user.key
    check_may_try(call, (pool.id, name))
    verifier = _verifier_of(call, pool, user, name)
    shown = user.name if user is not None else _imagined_name(call, pool, username)
    secret = secret_number()

    def go_on(then: Call, server_public: int) -> Answer:
        proof = PasswordProof(
            client=client.id,
            user=user.subject if user is not None else None,
            name=name,
            expires=expiry(then, client),
            client_public=public,
            secret=f"{secret:x}",
            password=fingerprint(user) if user is not None else "",
        )
        return {
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeParameters": {
                "USERNAME": shown,
                "USER_ID_FOR_SRP": shown,
                "SRP_B": f"{server_public:x}",
                "SALT": verifier.salt,
                "SECRET_BLOCK": b64encode(seal_challenge(then, client, proof).encode()).decode(),
            },
        }

    return Aside(lambda: public_number(verifier, secret), go_on)


def answer(call: Call, client: Client, block: str, claimed: str, timestamp: str) -> Answer:
    """What follows from the answer to PASSWORD_VERIFIER; `claimed`: the signature."""
    try:
        sealed, given = b64decode(block, validate=True), b64decode(claimed, validate=True)
        proof = open_challenge(call, client, sealed.decode("ascii"), PasswordProof)
    except ValueError:
        raise wrong_password() from None
    if proof.client != client.id:
        raise wrong_password()
    check_age(call, proof.expires)
    _check_timestamp(call, timestamp)
    who = (client.pool.id, proof.name)
    check_may_try(call, who)
    use_up(call, sealed.decode("ascii"), proof.expires)
    user = None if proof.user is None else find_account(call, client.pool, proof.user)
    is_current = user is not None and proof.password == fingerprint(user) != ""
    verifier = _verifier_of(call, client.pool, user, proof.name)

    def work() -> bool:
        key = derive_key(read_public(proof.client_public), int(proof.secret, 16), verifier)
        name = user.name if user is not None else proof.name
        return hmac.compare_digest(signature(key, client.pool.id, name, sealed, timestamp), given)

    def checked(then: Call, is_right: bool) -> Answer:
        if user is None:
            note_failure(then, who)
            raise wrong_password()
        return passed(then, client, settle(then, user, is_right and is_current))

    return Aside(work, checked)


def _verifier_of(call: Call, pool: Pool, user: User | None, name: str) -> Verifier:
    kept = None if user is None else find_kept(call.settings.pool_tools.sealer, user)
    return kept.verifier if kept is not None else _imagined_verifier(call, pool, name)


def _imagined_verifier(call: Call, pool: Pool, name: str) -> Verifier:
    """The same for one name each time, as a real one is."""
    mac = call.settings.pool_tools.sealer.mac
    content = f"{pool.id}\0{name}".encode("utf-8", "surrogatepass")
    return Verifier(
        mac(content, "imagined salt")[:16].hex().lstrip("0") or "1", mac(content, "imagined verifier").hex()
    )


def _imagined_name(call: Call, pool: Pool, username: str) -> str:
    """Users that are found by an email alone have a UUID for a name."""
    if not pool.username_attributes:
        return username
    content = f"{pool.id}\0{fold(pool, username)}".encode("utf-8", "surrogatepass")
    return str(uuid.UUID(bytes=call.settings.pool_tools.sealer.mac(content, "imagined name")[:16], version=4))


def _check_timestamp(call: Call, text: str) -> None:
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
    month, day, hour, minute, second, year = found.groups()
    try:
        moment = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        ).timestamp()
    except ValueError:
        raise invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.") from None
    if abs(moment - call.settings.pool_tools.now()) > MOST_SKEW:
        raise not_authorized("TIMESTAMP is more than 5 minutes from the time of this server.")
