"""How one process tells another who calls: as much of a principal as policies of resources may ask about."""

import msgspec

from limen.aws.identities import Principal

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, str, str, str, str, str]).decode


def describe_principal(principal: Principal) -> bytes:
    """One line of ASCII: names of IAM have no other characters."""
    who = principal
    return _encode((who.kind, who.arn, who.account, who.user_id, who.name, who.issuer))


def read_principal(described: bytes) -> Principal:
    """Raises ValueError."""
    kind, arn, account, user_id, name, issuer = _decode(described)
    return Principal(kind=kind, arn=arn, account=account, user_id=user_id, name=name, issuer=issuer)
