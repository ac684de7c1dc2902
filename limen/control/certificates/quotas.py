"""How many certificates an account has in a region, and names a certificate, where the quotas of AWS are enforced."""

from limen.control.call import Call
from limen.control.certificates.documents import CERTIFICATE
from limen.control.certificates.errors import limit_exceeded

MOST_CERTIFICATES = 2_500
MOST_NAMES = 10
"""Of a certificate that is requested."""


def check_room(call: Call, names: int = 0) -> None:
    if not call.settings.quotas_enforced:
        return
    if call.documents.count(CERTIFICATE, call.scope) >= MOST_CERTIFICATES:
        raise limit_exceeded(
            "You have reached the maximum number of certificates. Delete certificates that are not in use, or contact "
            "AWS Support to request an increase."
        )
    if names > MOST_NAMES:
        raise limit_exceeded(f"A certificate may have {MOST_NAMES} domain names, not {names}")
