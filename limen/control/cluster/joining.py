"""What a node makes sure of before it is one of a cluster: the same key as the others, the same admin credentials."""

import msgspec

from limen.aws.credentials import AccessKey
from limen.aws.sealing import Seal
from limen.store.errors import StoreError
from limen.store.secrets import add_secret, get_secret, put_secret
from limen.store.store import Store

CLUSTER = "cluster"
"""The purpose of the seal of what nodes share in the store."""
CHECK, ADMINISTRATOR = "check", "administrator"
_CHECKED = b"limen"


class WrongKeyError(StoreError):
    """The key of this node opens nothing of what the others sealed."""


def join(
    store: Store, key: bytes, key_name: str, own: AccessKey, *, is_given: bool, controls: bool = True
) -> list[AccessKey]:
    """The admin credentials of all nodes, first those of this one; see share_administrator. Raises WrongKeyError."""
    check_key(store, key, key_name)
    return share_administrator(store, key, own, is_given=is_given, controls=controls)


def check_key(store: Store, key: bytes, key_name: str) -> None:
    """Raises WrongKeyError where the store was first used with another key."""
    seal = Seal(key, CLUSTER)
    if seal.open(add_secret(store, CHECK, seal.close(_CHECKED, CHECK)), CHECK) != _CHECKED:
        raise WrongKeyError(
            f"the key in {key_name} is not the one that {store.where} is used with: "
            "--key-file must name the same key on all nodes"
        )


def share_administrator(store: Store, key: bytes, own: AccessKey, *, is_given: bool, controls: bool) -> list[AccessKey]:
    """The admin credentials of all nodes, first those of this one.

    `is_given`: ours were chosen by who runs this node, not generated. `controls`: calls of AWS come to this node.
    """
    seal = Seal(key, CLUSTER)
    sealed = seal.close(msgspec.json.encode([own.id, own.secret]), ADMINISTRATOR)
    if controls and is_given:
        put_secret(store, ADMINISTRATOR, sealed)
        return [own]
    found = add_secret(store, ADMINISTRATOR, sealed) if controls else get_secret(store, ADMINISTRATOR)
    opened = seal.open(found, ADMINISTRATOR) if found is not None else None
    shared = own if opened is None else AccessKey(*msgspec.json.decode(opened, type=tuple[str, str]))
    return [own, shared] if is_given and shared != own else [shared]
