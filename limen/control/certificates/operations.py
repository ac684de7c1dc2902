"""Every operation of Certificate Manager that Limen has, by name."""

from collections.abc import Callable
from typing import Any

from limen.control.call import Answer, Call
from limen.control.certificates import certificates, imports, listing, requests, tags

OPERATIONS: dict[str, Callable[[Call, dict[str, Any]], Answer]] = {
    "AddTagsToCertificate": tags.add_tags_to_certificate,
    "DeleteCertificate": certificates.delete_certificate,
    "DescribeCertificate": certificates.describe_certificate,
    "ExportCertificate": certificates.export_certificate,
    "GetCertificate": certificates.get_certificate,
    "ImportCertificate": imports.import_certificate,
    "ListCertificates": listing.list_certificates,
    "ListTagsForCertificate": tags.list_tags_for_certificate,
    "RemoveTagsFromCertificate": tags.remove_tags_from_certificate,
    "RenewCertificate": requests.renew_certificate,
    "RequestCertificate": requests.request_certificate,
    "ResendValidationEmail": requests.resend_validation_email,
    "UpdateCertificateOptions": requests.update_certificate_options,
}
"""What is not here answers by the not-implemented error that names it."""
