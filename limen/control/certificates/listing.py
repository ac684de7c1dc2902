"""Lists of certificates: by status, key and use, in pages, in the order in which they were made."""

from typing import Any

from limen.aws.errors import AwsError
from limen.aws.pages import parse_token, render_token
from limen.control.call import Call
from limen.control.certificates.documents import CERTIFICATE, IMPORTED, status_of
from limen.control.certificates.errors import invalid
from limen.control.certificates.use import users_of
from limen.control.documents import given
from limen.store.documents import Document

MOST_ITEMS = 1000
MOST_NAMES = 100
DEFAULT_KEY_TYPES = ("RSA_1024", "RSA_2048")
"""What is listed where nobody asks for other keys, as by ACM."""
_SHOWN = (
    "CertificateArn",
    "DomainName",
    "Type",
    "KeyAlgorithm",
    "RenewalEligibility",
    "NotBefore",
    "NotAfter",
    "CreatedAt",
    "IssuedAt",
    "ImportedAt",
)


def list_certificates(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    if (members.get("SortBy") is None) != (members.get("SortOrder") is None):
        raise invalid("SortBy and SortOrder must be specified together.")
    now, users = call.settings.clock.now(), users_of(call.documents)
    found = [each for _, each in call.documents.list(CERTIFICATE, call.scope) if _is_wanted(each, members, now)]
    if members.get("SortOrder") == "DESCENDING":
        found.reverse()
    shown, token = _page(found, members)
    summaries = [_summary(each, now, is_in_use=each["CertificateArn"] in users) for each in shown]
    return {"CertificateSummaryList": summaries, "NextToken": token}


def _is_wanted(document: Document, members: dict[str, Any], now: float) -> bool:
    includes = members.get("Includes") or {}
    statuses, origins = members.get("CertificateStatuses"), members.get("CertificateKeyPairOrigins")
    usages = {each["Name"] for each in document["KeyUsages"]}
    extended = {each["Name"] for each in document["ExtendedKeyUsages"]}
    return (
        (not statuses or status_of(document, now) in statuses)
        and (not origins or _origin(document) in origins)
        and document["KeyAlgorithm"] in (includes.get("keyTypes") or DEFAULT_KEY_TYPES)
        and usages >= set(includes.get("keyUsage") or ())
        and extended >= set(includes.get("extendedKeyUsage") or ())
        and includes.get("exportOption") in (None, _export_option(document))
        and includes.get("managedBy") is None  # by CloudFront: none is
    )


def _summary(document: Document, now: float, *, is_in_use: bool) -> dict[str, Any]:
    names = document["SubjectAlternativeNames"]
    return given(document, _SHOWN) | {
        "SubjectAlternativeNameSummaries": names[:MOST_NAMES],
        "HasAdditionalSubjectAlternativeNames": len(names) > MOST_NAMES,
        "Status": status_of(document, now),
        "KeyUsages": [each["Name"] for each in document["KeyUsages"]],
        "ExtendedKeyUsages": [each["Name"] for each in document["ExtendedKeyUsages"]],
        "ExportOption": _export_option(document),
        "InUse": is_in_use,
        "Exported": document.get("_exported", False),
        "CertificateKeyPairOrigin": _origin(document),
    }


def _page(found: list[Document], members: dict[str, Any]) -> tuple[list[Document], str | None]:
    """The token holds the last ARN shown, and its position: where that one has gone in between, the position counts."""
    size, start = members.get("MaxItems") or MOST_ITEMS, 0
    if members.get("NextToken"):
        try:
            last, position = parse_token(members["NextToken"])
        except AwsError:
            raise invalid("The NextToken is invalid.") from None
        arns = [each["CertificateArn"] for each in found]
        start = arns.index(last) + 1 if last in arns else position
    shown = found[start : start + size]
    if start + size >= len(found) or not shown:
        return shown, None
    return shown, render_token(shown[-1]["CertificateArn"], start + size)


def _export_option(document: Document) -> str:
    return str(document["Options"].get("Export", "DISABLED"))


def _origin(document: Document) -> str:
    return "CUSTOMER_PROVIDED" if document["Type"] == IMPORTED else "AWS_MANAGED"
