"""AWS::CertificateManager::Certificate: issued at once by this server, for custom domain names."""

from typing import Any

from limen.control.certificates.documents import CERTIFICATE, find_certificate, place_of
from limen.control.openapi.keyword import refused, stored
from limen.control.stacks.kind import Kind, Made, Properties, Record, Work, properties, unless_missing

SERVICE = "acm"
_RECORDS = stored("Limen has no DNS: certificates are issued without validation")
_MADE_AT_ONCE = (
    "DomainName",
    "SubjectAlternativeNames",
    "KeyAlgorithm",
    "ValidationMethod",
)


def _create(work: Work, name: str, values: Properties) -> Made:
    members = {each: values[each] for each in _MADE_AT_ONCE if values.get(each)}
    arn = work.run(SERVICE, "RequestCertificate", members | _options(values) | _tags(values))["CertificateArn"]
    place = place_of(arn)
    return Made(arn, {}, None if place is None else (CERTIFICATE, *place))


def _update(work: Work, record: Record, after: Properties) -> Made:
    arn, before = record.made.physical_id, record.properties
    if _options(after) != _options(before):
        options = {"Export": "DISABLED"} | _options(after).get("Options", {})
        work.run(SERVICE, "UpdateCertificateOptions", {"CertificateArn": arn, "Options": options})
    if before.get("Tags"):
        work.run(SERVICE, "RemoveTagsFromCertificate", {"CertificateArn": arn} | _tags(before))
    if after.get("Tags"):
        work.run(SERVICE, "AddTagsToCertificate", {"CertificateArn": arn} | _tags(after))
    return record.made


def _delete(work: Work, record: Record) -> None:
    unless_missing(lambda: work.run(SERVICE, "DeleteCertificate", {"CertificateArn": record.made.physical_id}))


def _find_staleness(work: Work, record: Record) -> str | None:
    """Stacks of a Limen that issued none hold an ARN with nothing behind it."""
    call = work.call
    if find_certificate(call.documents, record.made.physical_id, call.aws.account) is None:
        return "was kept as data until now"
    return None


def _options(values: Properties) -> dict[str, Any]:
    options = {}
    if values.get("CertificateTransparencyLoggingPreference"):
        options["CertificateTransparencyLoggingPreference"] = values["CertificateTransparencyLoggingPreference"]
    if values.get("CertificateExport"):
        options["Export"] = values["CertificateExport"]
    return {"Options": options} if options else {}


def _tags(values: Properties) -> dict[str, Any]:
    return {"Tags": values["Tags"]} if values.get("Tags") else {}


CERTIFICATE_KINDS = (
    Kind(
        "AWS::CertificateManager::Certificate",
        properties(
            "DomainName! SubjectAlternativeNames! KeyAlgorithm! ValidationMethod! DomainValidationOptions! "
            "CertificateAuthorityArn! CertificateExport CertificateTransparencyLoggingPreference Tags",
            DomainValidationOptions=_RECORDS,
            CertificateAuthorityArn=refused("Limen has no private certificate authorities"),
        ),
        _create,
        _update,
        _delete,
        required=("DomainName",),
        find_staleness=_find_staleness,
    ),
)
