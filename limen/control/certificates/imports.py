"""ImportCertificate: a certificate that somebody brings, or brings again under the ARN that it has."""

from typing import Any

from limen.control.call import Call
from limen.control.certificates.brought import read_brought
from limen.control.certificates.documents import IMPORTED, named_certificate, new_certificate_arn, put_certificate
from limen.control.certificates.errors import invalid, invalid_parameter
from limen.control.certificates.facts import facts_of
from limen.control.certificates.quotas import check_room
from limen.control.certificates.tags import checked_tags
from limen.store.documents import Document


def import_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    before = _find_before(call, members)
    brought = read_brought(members, call.settings.clock.now())
    facts = facts_of(brought.certificate)
    if before is None:
        check_room(call)
        arn, created, tags = new_certificate_arn(call), call.now, checked_tags(members.get("Tags"))
    else:
        arn, created, tags = before["CertificateArn"], before["CreatedAt"], before["_tags"]
        _check_same_use(before, facts)
    put_certificate(
        call,
        facts
        | {
            "CertificateArn": arn,
            "CreatedAt": created,
            "ImportedAt": call.now,
            "Status": "ISSUED",
            "Type": IMPORTED,
            "RenewalEligibility": "INELIGIBLE",
            "Options": {"CertificateTransparencyLoggingPreference": "DISABLED"},
            "_certificate": brought.certificate_pem,
            "_chain": brought.chain_pem,
            "_sealed": call.settings.secrets_seal.close(brought.key_pem, arn),
            "_tags": tags,
        },
    )
    return {"CertificateArn": arn}


def _find_before(call: Call, members: dict[str, Any]) -> Document | None:
    if not members.get("CertificateArn"):
        return None
    before = named_certificate(call, members["CertificateArn"])
    if before["Type"] != IMPORTED:
        raise invalid(f"Certificate {before['CertificateArn']} was not imported, and cannot be imported again.")
    if members.get("Tags"):
        raise invalid_parameter("You cannot apply tags when reimporting a certificate.")
    return before


def _check_same_use(before: Document, facts: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html"""
    if facts["KeyAlgorithm"] != before["KeyAlgorithm"]:
        raise invalid(
            f"The key type and size of a certificate cannot change when it is imported again: it has "
            f"{before['KeyAlgorithm']}, the new one {facts['KeyAlgorithm']}."
        )
    for member, what in (("KeyUsages", "key usages"), ("ExtendedKeyUsages", "extended key usages")):
        missing = [each["Name"] for each in before[member] if each not in facts[member]]
        if missing:
            raise invalid(f"The new certificate lacks {what} that the one before has: {', '.join(missing)}.")
