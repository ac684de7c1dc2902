"""The two signing keys of a pool: one for id tokens, one for access tokens, as Cognito has them.

The private halves are sealed with the key of the data directory; the public ones are what workers and clients see.
"""

from collections.abc import Mapping
from typing import Any

from limen.control.call import Call
from limen.control.pools.documents import KEYS
from limen.control.pools.tools import MOST_KEYS, PoolTools
from limen.identity.sealing import SealError
from limen.jose.signing import SigningKey

PURPOSE = "signing key"
USES = ("id", "access")


def make_keys(call: Call, pool_id: str) -> None:
    """Two RSA keys: some 0.2 s."""
    keys = {use: SigningKey.generate() for use in USES}
    sealer = call.settings.pool_tools.sealer
    document = {
        "keys": [key.public_jwk() for key in keys.values()],
        "_sealed": {use: sealer.seal(key.to_pem(), f"{PURPOSE} {pool_id}") for use, key in keys.items()},
    }
    call.documents.put(KEYS, pool_id, "keys", document)


def sign(call: Call, pool_id: str, use: str, claims: Mapping[str, Any]) -> str:
    """A token by the key for `use`."""
    return _signer(call, pool_id, use).sign(claims)


def key_set(call: Call, pool_id: str) -> dict[str, Any]:
    """What a pool publishes at /.well-known/jwks.json."""
    return {"keys": _document(call, pool_id)["keys"]}


def _signer(call: Call, pool_id: str, use: str) -> SigningKey:
    document = _document(call, pool_id)
    key_id = document["keys"][USES.index(use)]["kid"]
    tools = call.settings.pool_tools
    signer = tools.signers.get(key_id)
    if signer is None:
        signer = _open(tools, document["_sealed"][use], pool_id, key_id)
        while len(tools.signers) >= MOST_KEYS:
            del tools.signers[next(iter(tools.signers))]
        tools.signers[key_id] = signer
    return signer


def _open(tools: PoolTools, sealed: str, pool_id: str, key_id: str) -> SigningKey:
    try:
        return SigningKey.from_pem(tools.sealer.open(sealed, f"{PURPOSE} {pool_id}"), key_id)
    except SealError:
        raise RuntimeError(
            f"the signing keys of {pool_id} were sealed with the key of another data directory"
        ) from None


def _document(call: Call, pool_id: str) -> dict[str, Any]:
    document = call.documents.get(KEYS, pool_id, "keys")
    if document is None:
        raise RuntimeError(f"user pool {pool_id} has no signing keys")
    return document
