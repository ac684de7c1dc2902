"""Signs requests to backends for AWS: what is sent is what is signed, whoever decodes it on the way."""

import re
from hashlib import sha256
from urllib.parse import quote, unquote_to_bytes

from limen.aws.credentials import AccessKey
from limen.aws.signer import SignedRequest, Signer
from limen.aws.sigv4 import canonical_path, canonical_query_as_sent
from limen.gateway.errors import GatewayError
from limen.gateway.rest_errors import MALFORMED_PATH
from limen.integrations.backend_request import BackendRequest

_PLAIN_PATH = re.compile(rb"[A-Za-z0-9\-._~/]*")
_PLAIN_QUERY = re.compile(rb"[A-Za-z0-9\-._~&=]*")
_CONTENT_HASH = b"x-amz-content-sha256"


def sign_request(request: BackendRequest, key: AccessKey, signer: Signer, region: str, signing_name: str) -> None:
    """In place, last of all. Raises GatewayError."""
    is_s3 = signing_name == "s3"
    request.path = path = _canonical_s3_path(request.path) if is_s3 else _canonical_path(request.path)
    request.query = query = _canonical_query(request.query)
    body_hash = sha256(request.body).hexdigest()
    headers = request.headers
    if is_s3:
        headers = [header for header in headers if header[0] != _CONTENT_HASH]
        headers.append((_CONTENT_HASH, b"X-Amz-Content-Sha256", body_hash.encode("ascii")))
    signed = SignedRequest(
        request.method.decode("ascii"),
        request.host.decode("ascii"),
        path.decode("ascii") if is_s3 else canonical_path(path.decode("ascii")),
        canonical_query_as_sent(query.decode("ascii")),
        body_hash,
    )
    request.headers = signer.sign(signed, headers, key, region, signing_name)


def _canonical_path(path: bytes) -> bytes:
    """Encoded as signatures have it: what is sent is what is signed, whoever decodes it on the way."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    segments = (quote(unquote_to_bytes(segment), safe="-._~") for segment in path.split(b"/"))
    return "/".join(segments).encode("ascii")


def _canonical_s3_path(path: bytes) -> bytes:
    """Keys have slashes, and S3 signs them as such however they are encoded; a dot segment stays within its bucket."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    segments = unquote_to_bytes(path).split(b"/")
    if b".." in segments or b"." in segments:
        raise GatewayError(MALFORMED_PATH, "a segment of dots in the path of an object")
    return quote(b"/".join(segments), safe="/-._~").encode("ascii")


def _canonical_query(query: bytes) -> bytes:
    """In the order given, encoded as signatures have it."""
    if _PLAIN_QUERY.fullmatch(query):
        return query
    pairs = (pair.partition(b"=") for pair in query.split(b"&") if pair)
    encoded = (_encode(name) + equals.decode() + _encode(value) for name, equals, value in pairs)
    return "&".join(encoded).encode("ascii")


def _encode(text: bytes) -> str:
    return quote(unquote_to_bytes(text.replace(b"+", b" ")), safe="-._~")
