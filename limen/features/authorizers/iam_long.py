"""Who signed a request, whatever the form of its signature, and in AWS's words why it is nobody.

Guide: "Control access to a REST API with IAM permissions". Messages are as observed.
"""

from collections.abc import Mapping
from time import time

from limen.aws.errors import AwsError
from limen.aws.identities import ExpiredSessionError, UnknownSignerError
from limen.aws.signature import (
    Signature,
    check_freshness,
    find_signature,
    missing_signature,
    unknown_access_key,
    verify,
    wrong_region,
    wrong_service,
)
from limen.features.authorizers.iam_known import SIGNATURE
from limen.features.authorizers.iam_request import request_of, signed_path
from limen.features.authorizers.iam_signers import KnownHead, KnownSigner, Signers
from limen.gateway import rest_errors
from limen.gateway.errors import Failure, GatewayError
from limen.gateway.exchange import Exchange

SERVICE = "execute-api"
_MUST_BE_SIGNED = (
    b"x-amz-content-sha256",
    b"x-amz-region-set",
    b"x-amz-security-token",
    b"x-amz-target",
    b"x-http-method-override",
)
_OVERRIDE = "x-http-method-override"

_FAILURES: Mapping[str, Failure] = {
    "ExpiredTokenException": rest_errors.EXPIRED_TOKEN,
    "IncompleteSignatureException": rest_errors.INCOMPLETE_SIGNATURE,
    "InvalidSignatureException": rest_errors.INVALID_SIGNATURE,
    "MissingAuthenticationTokenException": rest_errors.MISSING_AUTHENTICATION_TOKEN,
    "UnrecognizedClientException": rest_errors.UNRECOGNIZED_CLIENT,
}


def find_signer(exchange: Exchange, signers: Signers, region: str, *, is_rest: bool) -> KnownSigner:
    """Raises GatewayError with a failure of REST APIs. Only they take signatures of version 4A."""
    request, path = request_of(exchange), signed_path(exchange, is_rest=is_rest).decode("ascii")
    now, signature = time(), None
    try:
        signature = find_signature(request, takes_asymmetric=is_rest)
        if signature is None:
            raise missing_signature()
        _check_scope(signature, region)
        _check_override(exchange, signature)
        check_freshness(signature, now)
        known = signers.find(signature.access_key_id, signature.session_token, now)
        verify(request, signature, known.secret, path=path)
    except ExpiredSessionError:
        raise GatewayError(rest_errors.EXPIRED_TOKEN, "the session has expired") from None
    except UnknownSignerError:
        raise _failure(unknown_access_key(), None) from None
    except AwsError as error:
        raise _failure(error, signature.session_token if signature is not None else None) from None
    if signature.lifetime is None and not signature.is_asymmetric:
        _keep(exchange, signers, region, signature, known)
    return known


def _check_scope(signature: Signature, region: str) -> None:
    if signature.scope.service != SERVICE:
        raise wrong_service(SERVICE)
    if not signature.is_for_region(region):
        raise wrong_region(",".join(signature.region_set) or signature.scope.region)


def _check_override(exchange: Exchange, signature: Signature) -> None:
    """Another method than the one that was signed has to be signed as well."""
    if exchange.method != exchange.sent_method and _OVERRIDE not in signature.signed_headers:
        raise AwsError(
            "InvalidSignatureException",
            f"There were headers present in the request which were not signed: {_OVERRIDE}.",
            403,
        )


def _keep(exchange: Exchange, signers: Signers, region: str, signature: Signature, known: KnownSigner) -> None:
    """What the next request of this client is recognized by."""
    value = exchange.find_header(b"authorization") or b""
    start, found, rest = value.rpartition(SIGNATURE)
    if found and rest == signature.value.encode("latin-1", "replace"):
        head = KnownHead(known, signature.scope, signature.signed_headers, _MUST_BE_SIGNED)
        signers.keep_head(region, (start, exchange.find_header(b"x-amz-security-token")), head)


def _failure(error: AwsError, session_token: str | None) -> GatewayError:
    """The canonical request that a message shows goes to logs as well: without what is no business of theirs."""
    message = error.message if session_token is None else error.message.replace(session_token, "***")
    return GatewayError(_FAILURES[error.code], message.partition("\n")[0], message=message)
