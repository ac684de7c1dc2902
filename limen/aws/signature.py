"""Verifies who sent a request, by the signature in its Authorization header or its presigned query.

Errors are AWS's own. API Gateway answers all of them with 403.
https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from hmac import compare_digest

from msgspec import Struct

from limen.aws import sigv4a
from limen.aws.errors import AwsError
from limen.aws.request import AwsRequest, query_parameters
from limen.aws.sigv4 import (
    ALGORITHM,
    TERMINATOR,
    TIMESTAMP_FORMAT,
    UNSIGNED_PAYLOAD,
    Scope,
    canonical_headers,
    canonical_path,
    canonical_query,
    canonical_query_as_sent,
    canonical_request,
    payload_hash,
    sign_text,
    string_to_sign,
)

SKEW_SECONDS = 300
"""How far a client's clock may be off: API Gateway's own errors say `5 min.` (recorded 2017 to 2024)."""
LONGEST_PRESIGNED_SECONDS = 604800

_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_TIMESTAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_PRESIGNED_NAMES = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")
_MUST_BE_SIGNED = ("x-amz-date", "x-amz-target", "x-amz-content-sha256", "x-amz-region-set", "x-amz-security-token")
"""Headers that change what a request means or whose it is; one added on the way must not count."""


class Signature(Struct, frozen=True):
    """What a request says about itself; nothing of it is proven before `verify`."""

    access_key_id: str
    scope: Scope
    """Without a region where it is a signature of version 4A."""
    timestamp: str
    """As X-Amz-Date has it: 20260102T030405Z."""
    signed_headers: list[str]
    value: str
    lifetime: int | None
    """Seconds that a presigned request is good for; None: signed in a header."""
    session_token: str | None
    region_set: tuple[str, ...] = ()
    """Of version 4A: patterns of the regions that it is good for."""

    @property
    def is_asymmetric(self) -> bool:
        """Of version 4A."""
        return bool(self.region_set)

    def is_for_region(self, region: str) -> bool:
        if self.is_asymmetric:
            return sigv4a.is_for_region(region, self.region_set)
        return self.scope.region == region


def find_signature(request: AwsRequest, *, takes_asymmetric: bool = False) -> Signature | None:
    """None where a request carries no signature at all; AwsError where it is not whole.

    `takes_asymmetric`: signatures of version 4A as well.
    """
    authorization = request.find_header("authorization")
    presigned = _presigned_parameters(request.query) if "X-Amz-" in request.query else {}
    if authorization is not None and "X-Amz-Signature" in presigned:
        raise _incomplete("Only one of the Authorization header and the X-Amz-Signature parameter may be given.")
    if authorization is not None:
        return _signature_in_header(request, authorization, takes_asymmetric)
    if "X-Amz-Algorithm" in presigned or "X-Amz-Signature" in presigned:
        return _signature_in_query(request, presigned, takes_asymmetric)
    return None


def check_freshness(signature: Signature, now: float) -> None:
    """Refuses a signature that was made too long ago or in the future; `now` in epoch seconds."""
    signed_at = _parse_timestamp(signature.timestamp)
    current = datetime.fromtimestamp(int(now), UTC)
    skew = timedelta(seconds=SKEW_SECONDS)
    oldest = current - (skew if signature.lifetime is None else timedelta(seconds=signature.lifetime))
    if signed_at < oldest:
        allowance = f"{_text(current)} - {_minutes(SKEW_SECONDS if signature.lifetime is None else signature.lifetime)}"
        raise _invalid(f"Signature expired: {signature.timestamp} is now earlier than {_text(oldest)} ({allowance})")
    if signed_at > current + skew:
        allowance = f"{_text(current)} + {_minutes(SKEW_SECONDS)}"
        later = _text(current + skew)
        raise _invalid(f"Signature not yet current: {signature.timestamp} is still later than {later} ({allowance})")


def verify(
    request: AwsRequest, signature: Signature, secret: str, allows_unsigned_body: bool = False, path: str | None = None
) -> None:
    """Refuses a request that was not signed, as it is here, with the secret.

    `allows_unsigned_body`: the model of the operation lets clients sign UNSIGNED-PAYLOAD in place of a body's hash.
    `path`: the canonical form of the path, where it is not that of other services.
    """
    path = canonical_path(request.path) if path is None else path
    canonicals = list(_canonical_requests(request, signature, path, _signed_hash(request, allows_unsigned_body)))
    texts = [_string_to_sign(signature, canonical) for canonical in canonicals]
    if not any(_is_right(signature, secret, text) for text in texts):
        raise _invalid(
            f"{_MISMATCH}\n\nThe Canonical String for this request should have been\n'{_printable(canonicals[0])}'"
            f"\n\nThe String-to-Sign should have been\n'{texts[0]}'\n"
        )


def missing_signature() -> AwsError:
    return AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)


def unknown_access_key() -> AwsError:
    return AwsError("UnrecognizedClientException", "The security token included in the request is invalid.", 403)


def expired_session() -> AwsError:
    return AwsError("ExpiredTokenException", "The security token included in the request is expired", 403)


def wrong_service(signing_name: str) -> AwsError:
    return _invalid(f"Credential should be scoped to correct service: '{signing_name}'. ")


def wrong_region(region: str) -> AwsError:
    return _invalid(f"Credential should be scoped to a valid region, not '{region}'. ")


def _string_to_sign(signature: Signature, canonical: str) -> str:
    if signature.is_asymmetric:
        return sigv4a.string_to_sign(signature.timestamp, signature.scope.date, signature.scope.service, canonical)
    return string_to_sign(signature.timestamp, signature.scope, canonical)


def _is_right(signature: Signature, secret: str, text: str) -> bool:
    if signature.is_asymmetric:
        key = sigv4a.derive_public_key(signature.access_key_id, secret)
        return sigv4a.is_signed(text, signature.value, key)
    expected = sign_text(secret, signature.scope, text).encode("ascii")
    return compare_digest(expected, signature.value.encode("utf-8", "replace"))


def _canonical_requests(request: AwsRequest, signature: Signature, path: str, body_hash: str) -> Iterator[str]:
    """The forms that signers use: the query with its own escapes, and with RFC 3986's; both mean the same request."""
    query = request.query
    if signature.lifetime is not None:
        query = "&".join(pair for pair in query.split("&") if not pair.startswith("X-Amz-Signature="))
    headers = canonical_headers(request.headers, signature.signed_headers)
    forms = {canonical_query_as_sent(query): None, canonical_query(query): None}
    for form in forms:
        yield canonical_request(request.method, path, form, headers, body_hash)


def _signed_hash(request: AwsRequest, allows_unsigned_body: bool) -> str:
    """The hash of the body that came: what x-amz-content-sha256 claims is never taken on trust."""
    claimed = request.find_header("x-amz-content-sha256")
    if allows_unsigned_body and claimed == UNSIGNED_PAYLOAD:
        return UNSIGNED_PAYLOAD
    return payload_hash(request.body)


def _signature_in_header(request: AwsRequest, authorization: str, takes_asymmetric: bool) -> Signature:
    algorithm, _, rest = authorization.strip().partition(" ")
    is_asymmetric = takes_asymmetric and algorithm == sigv4a.ALGORITHM
    is_ours = is_asymmetric or algorithm == ALGORITHM
    if algorithm.startswith("AWS4-") and not is_ours:
        raise _unsupported(algorithm, takes_asymmetric)
    fields = _authorization_fields(authorization, rest if is_ours else authorization)
    date = request.find_header("x-amz-date")
    timestamp = date if date is not None else _timestamp_of_date(request)
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not fields.get(name)
    ]
    if timestamp is None:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if not is_ours or missing or timestamp is None:
        raise _incomplete(f"{' '.join(missing)} Authorization={algorithm}".strip())
    access_key_id, scope = _parse_credential(fields["Credential"], timestamp, is_asymmetric)
    names = _parse_signed_headers(fields["SignedHeaders"])
    _check_signed(request, names)
    token = request.find_header("x-amz-security-token")
    regions = _parse_region_set(request.find_header("x-amz-region-set")) if is_asymmetric else ()
    return Signature(access_key_id, scope, timestamp, names, fields["Signature"], None, token, regions)


def _signature_in_query(request: AwsRequest, parameters: dict[str, str], takes_asymmetric: bool) -> Signature:
    missing = [name for name in _PRESIGNED_NAMES if not parameters.get(name)]
    if missing:
        texts = (f"AWS query-string parameters must include '{name}'." for name in missing)
        raise _incomplete(f"{' '.join(texts)} Re-examine the query-string parameters.")
    algorithm = parameters["X-Amz-Algorithm"]
    is_asymmetric = takes_asymmetric and algorithm == sigv4a.ALGORITHM
    if not is_asymmetric and algorithm != ALGORITHM:
        raise _unsupported(algorithm, takes_asymmetric)
    timestamp = parameters["X-Amz-Date"]
    access_key_id, scope = _parse_credential(parameters["X-Amz-Credential"], timestamp, is_asymmetric)
    names = _parse_signed_headers(parameters["X-Amz-SignedHeaders"])
    _check_signed(request, names)
    lifetime = _parse_lifetime(parameters.get("X-Amz-Expires", str(SKEW_SECONDS)))
    token = parameters.get("X-Amz-Security-Token")
    regions = _parse_region_set(parameters.get("X-Amz-Region-Set")) if is_asymmetric else ()
    return Signature(access_key_id, scope, timestamp, names, parameters["X-Amz-Signature"], lifetime, token, regions)


def _presigned_parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        pairs = [pair for pair in query_parameters(query) if pair[0].startswith("X-Amz-")]
    except ValueError:
        raise _incomplete("The query string is not UTF-8.") from None
    for name, value in pairs:
        if name in found:
            raise _incomplete(f"The query-string parameter '{name}' is given more than once.")
        found[name] = value
    return found


def _authorization_fields(authorization: str, fields: str) -> dict[str, str]:
    """Comma-separated name=value pairs. AWS shows a broken pair hashed only: it may be a part of a secret."""
    found: dict[str, str] = {}
    for piece in fields.split(","):
        name, equals, value = piece.strip().partition("=")
        if not equals:
            digest = b64encode(sha256(authorization.encode("utf-8", "replace")).digest()).decode("ascii")
            raise _incomplete(
                "Invalid key=value pair (missing equal-sign) in Authorization header "
                f"(hashed with SHA-256 and encoded with Base64): '{digest}'."
            )
        if name in found:
            raise _incomplete(f"The parameter '{name}' of the Authorization header is given more than once.")
        found[name] = value
    return found


def _parse_credential(credential: str, timestamp: str, is_asymmetric: bool) -> tuple[str, Scope]:
    """One of version 4A names no region."""
    parts = credential.split("/")
    shape = "keyid/date/service/term" if is_asymmetric else "keyid/date/region/service/term"
    if len(parts) != shape.count("/") + 1:
        raise _incomplete(
            f"Credential must have exactly {shape.count('/') + 1} slash-delimited elements, e.g. {shape}, "
            f"got '{credential}'"
        )
    access_key_id, date, *regions, service, terminator = parts
    region = regions[0] if regions else ""
    _parse_timestamp(timestamp)
    if date != timestamp[:8]:
        raise _invalid(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{date}' != '{timestamp[:8]}', from '{timestamp}'."
        )
    if not is_asymmetric and not re.fullmatch(r"[a-z0-9-]{1,64}", region):
        raise _invalid("Credential should be scoped to a valid region. ")
    if terminator != TERMINATOR:
        raise _invalid(f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'.")
    return access_key_id, Scope(date, region, service)


def _parse_region_set(text: str | None) -> tuple[str, ...]:
    regions = tuple(each.strip() for each in (text or "").split(",") if each.strip())
    if not regions:
        raise _incomplete("Authorization header requires existence of 'X-Amz-Region-Set'.")
    return regions


def _parse_signed_headers(text: str) -> list[str]:
    names = text.lower().split(";")
    if not all(re.fullmatch(r"[!#$%&'*+.^_`|~0-9a-z-]+", name) for name in names) or len(set(names)) != len(names):
        raise _incomplete(f"SignedHeaders must be header names separated by ';', each once, got '{text}'.")
    return names


def _check_signed(request: AwsRequest, names: list[str]) -> None:
    if "host" not in names:
        raise _invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    sent = {lower.decode("latin-1") for lower, _, _ in request.headers}
    unsigned = [name for name in _MUST_BE_SIGNED if name in sent and name not in names]
    if unsigned:
        raise _invalid(f"There were headers present in the request which were not signed: {', '.join(unsigned)}.")


def _timestamp_of_date(request: AwsRequest) -> str | None:
    date = request.find_header("date")
    if date is None or _TIMESTAMP.fullmatch(date):
        return date
    try:
        return _text(parsedate_to_datetime(date).astimezone(UTC))
    except (ValueError, OverflowError):
        raise _incomplete(f"Date must be in ISO-8601 'basic format' or as RFC 9110 has it. Got '{date}'.") from None


def _parse_timestamp(timestamp: str) -> datetime:
    try:
        if _TIMESTAMP.fullmatch(timestamp):
            return datetime.strptime(timestamp, TIMESTAMP_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        pass
    raise _incomplete(
        f"Date must be in ISO-8601 'basic format'. Got '{timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )


def _parse_lifetime(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 0 < int(text) <= LONGEST_PRESIGNED_SECONDS:
        raise _incomplete(f"X-Amz-Expires must be a number of seconds from 1 to {LONGEST_PRESIGNED_SECONDS}.")
    return int(text)


def _printable(canonical: str) -> str:
    return canonical.encode("utf-8", "replace").decode("utf-8", "replace")


def _text(moment: datetime) -> str:
    return moment.strftime(TIMESTAMP_FORMAT)


def _minutes(seconds: int) -> str:
    return f"{seconds // 60} min." if seconds % 60 == 0 else f"{seconds} s."


def _unsupported(algorithm: str, takes_asymmetric: bool) -> AwsError:
    verified = f"{ALGORITHM} and {sigv4a.ALGORITHM}" if takes_asymmetric else ALGORITHM
    return _incomplete(f"Unsupported AWS 'algorithm': '{algorithm}'. Limen verifies {verified}.")


def _incomplete(message: str) -> AwsError:
    return AwsError("IncompleteSignatureException", message, 403)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidSignatureException", message, 403)
